export {
  type AuthorityOptions,
  type CertificateWithKey,
  type CosignerCertificateOptions,
  createClusterAuthority,
  issueCosignerCertificate,
} from './certificate-authority.js';
export { type CosignerIdentity, encodeIdentityUri, NAME_BYTES_MAX, parseIdentityUri } from './cosigner-identity.js';
export { type CertificateDescription, describeCertificate } from './describe-certificate.js';
export { PkiError, type PkiErrorCode, type PkiErrorDetail } from './errors.js';
export { checkPeerCertificate, type PeerCertificatePolicy } from './peer-certificate.js';
export {
  EXPIRY_WARNING_DAYS,
  loadTlsIdentity,
  type TlsIdentity,
  type TlsIdentityExpectation,
  warnOfExpiry,
} from './tls-identity.js';
