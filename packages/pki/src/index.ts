export {
  type AuthorityOptions,
  type CosignerCertificateOptions,
  createClusterAuthority,
  issueCosignerCertificate,
} from './certificate-authority.js';
export { type CertificateDetails, type CertificateReader, loadCertificateReader } from './certificate-details.js';
export { checkPrivateKey, keyFits } from './certificate-key.js';
export type { CertificateWithKey } from './certificate-making.js';
export { findCertificatePath, isIssuedBy, isSelfSigned, type PathPolicy } from './certificate-path.js';
export { type CosignerIdentity, encodeIdentityUri, NAME_BYTES_MAX, parseIdentityUri } from './cosigner-identity.js';
export {
  type CertificateDescription,
  describeCertificate,
  describeParsedCertificate,
} from './describe-certificate.js';
export { PkiError, type PkiErrorCode, type PkiErrorDetail } from './errors.js';
export {
  createNodeAuthority,
  issueNodeCertificate,
  type NodeAuthorityOptions,
  type NodeCertificateOptions,
} from './node-authority.js';
export {
  type AllowedNodes,
  checkNodeCertificate,
  type NodeCertificatePolicy,
  type NodeIdentity,
  parseFingerprint,
} from './node-certificate.js';
export type { NodeCertificateRole } from './node-errors.js';
export { holdsPrivateKey, isNodeKeyEncrypted, keyKindOf, RSA_BITS_MIN, readNodeKey } from './node-key.js';
export { NODE_PEM_BLOCKS_MAX, NODE_PEM_BYTES_MAX, readNodeCertificates } from './node-pem.js';
export { isStrongSignature, unknownCritical } from './path-details.js';
export { checkPeerCertificate, type PeerCertificatePolicy } from './peer-certificate.js';
export {
  type AcceptedServerCertificate,
  checkServerCertificate,
  namesHost,
  type ServerCertificatePolicy,
} from './server-certificate.js';
export {
  type CheckedServerFiles,
  checkNodeServerFiles,
  type NamedText,
  type NodeServerFiles,
  warnOfNodeExpiry,
} from './server-files.js';
export {
  formatSubjectAltName,
  parseSubjectAltName,
  readSubjectAltNames,
  type SubjectAltName,
} from './subject-alt-name.js';
export {
  checkKeyPermissions,
  checkTlsIdentity,
  EXPIRY_WARNING_DAYS,
  loadTlsIdentity,
  type TlsIdentity,
  type TlsIdentityExpectation,
  type TlsIdentityTexts,
  warnOfExpiry,
} from './tls-identity.js';
