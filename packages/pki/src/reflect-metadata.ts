/**
 * The few functions of the Reflect metadata proposal that @peculiar/x509's container asks for before it can be loaded.
 * They are installed just before that library is first imported, never at import of this package, and only where nobody
 * has installed them already; so a process that asks no node for a certificate leaves `Reflect` as it is.
 */

type MetadataKey = string | symbol;

interface ReflectWithMetadata {
  defineMetadata?: (key: MetadataKey, value: unknown, target: object) => void;
  getOwnMetadata?: (key: MetadataKey, target: object) => unknown;
  getMetadata?: (key: MetadataKey, target: object) => unknown;
}

/** Adds `defineMetadata`, `getOwnMetadata` and `getMetadata` to `Reflect` unless they are there. */
export function installReflectMetadata(): void {
  const reflect: typeof Reflect & ReflectWithMetadata = Reflect;
  if (reflect.getMetadata !== undefined) return;
  const metadata = new WeakMap<object, Map<MetadataKey, unknown>>();
  reflect.defineMetadata = (key, value, target) => {
    const own = metadata.get(target) ?? new Map<MetadataKey, unknown>();
    metadata.set(target, own.set(key, value));
  };
  reflect.getOwnMetadata = (key, target) => metadata.get(target)?.get(key);
  reflect.getMetadata = (key, target) => {
    for (let owner: object | null = target; owner !== null; owner = Object.getPrototypeOf(owner)) {
      const own = metadata.get(owner);
      if (own?.has(key)) return own.get(key);
    }
    return undefined;
  };
}
