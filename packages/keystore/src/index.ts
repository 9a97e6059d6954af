export { checkShare } from './check-share.js';
export {
  addressOf,
  importValidatorKey,
  importValidatorState,
  type ValidatorKey,
  type ValidatorState,
} from './cometbft-files.js';
export { KeystoreError, type KeystoreErrorDetail } from './errors.js';
export { KEY_FILE_BYTES_MAX, readKeyFile, writePrivateFile } from './private-file.js';
export {
  chainFileName,
  isShareEncrypted,
  listShares,
  readGroup,
  readShare,
  SCRYPT_WORK_FACTOR,
  type ShareEntry,
  type ShareFileOptions,
  writeShare,
} from './share-files.js';
