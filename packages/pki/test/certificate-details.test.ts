import { describe, expect, it } from 'vitest';
import { checkNodeCertificate, checkPathDetails, readCertificateDetails } from '../src/index.js';
import { CLIENT, make, NODE_NOW, type Shape } from './node-certificates.js';

const CERT_SIGN = 1 << 5;
const DIGITAL_SIGNATURE = 1;
const KEY_ENCIPHERMENT = 1 << 2;
const NAMES = [{ type: 'dns', value: 'sentry-0' }] as const;

const root = await make({ subject: 'CN=root', ca: true, keyUsage: CERT_SIGN });
const shortIntermediate = await make({ subject: 'CN=short', ca: true, pathLength: 0 }, root);
const good = (shape: Shape = {}, issuer = root) => make({ usages: [CLIENT], names: NAMES, ...shape }, issuer);

describe('the details of certificates', () => {
  it('say of name constraints that they are not judged', async () => {
    const constrained = await make({ subject: 'CN=constrained', ca: true, nameConstraints: true });
    const { path } = checkNodeCertificate([(await good({}, constrained)).certificate], {
      clientCaPem: constrained.pem,
      now: NODE_NOW,
    });
    expect(await checkPathDetails('x', path, 'node')).toEqual([expect.stringMatching(/name constraints/)]);
    expect(await readCertificateDetails('x', constrained.certificate)).toMatchObject({ nameConstraints: true });
  });

  it('are key usages, algorithm and path length', async () => {
    expect(await readCertificateDetails('x', root.certificate)).toEqual({
      signatureAlgorithm: 'ECDSA with SHA-256',
      keyUsages: ['keyCertSign'],
      pathLength: undefined,
      criticalUnknown: [],
      nameConstraints: false,
    });
    const leaf = await good({ keyUsage: DIGITAL_SIGNATURE | KEY_ENCIPHERMENT });
    const details = await readCertificateDetails('x', leaf.certificate);
    expect(details.keyUsages).toEqual(['digitalSignature', 'keyEncipherment']);
    expect((await readCertificateDetails('x', shortIntermediate.certificate)).pathLength).toBe(0);
  });
});
