/** The part of fs-native-extensions that is used here; the package has no types of its own. */
declare module 'fs-native-extensions' {
  /** Takes an exclusive lock on an open file; false if it is held through another opening. */
  export function tryLock(fd: number): boolean;
}
