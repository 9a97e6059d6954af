/** The answers of `certs show` for people: one block for each certificate, one line for each key. */

import type { ShownCertificate, ShownKeyFile } from './show.js';

export function certificateText(shown: ShownCertificate): string {
  const { file, place, chain, daysLeft } = shown;
  const row = (name: string, value: string): string => `  ${name.padEnd(12)} ${value}`;
  const left = daysLeft < 0 ? 'ended' : `${daysLeft} day${daysLeft === 1 ? '' : 's'} left`;
  return [
    place > 1 ? `${file} (${place})` : file,
    row('subject', shown.subject || 'none'),
    row('names', shown.subjectAltNames.join(', ') || 'none'),
    row('for', purposeOf(shown)),
    row('key', `${shown.keyKind}${keyWords(shown)}`),
    row('issuer', shown.selfSigned ? 'itself' : shown.issuer),
    row(
      'chain',
      chain.complete
        ? `${chain.path.join(' <- ')} (complete)`
        : `${chain.path.join(' <- ')}; issuer "${chain.missing}" is not among these files`,
    ),
    row('valid', `${shown.notBefore.toISOString()} to ${shown.notAfter.toISOString()} (${left})`),
    row('signature', shown.signatureAlgorithm),
    row('serial', shown.serialNumber),
    row('SHA-256', shown.fingerprint),
    ...shown.remarks.map((remark) => row('NOTE', remark)),
  ].join('\n');
}

/** @param compared - whether there were certificates to compare it with */
export function keyText({ file, kind, encrypted, fits }: ShownKeyFile, compared: boolean): string {
  const what = kind === undefined ? 'private key' : `${kind} private key`;
  if (fits === undefined)
    return `${file}\n  ${what} under a passphrase; give --passphrase-file to compare it. A cosigner or node that starts by itself cannot open it`;
  const verdict = !compared ? '' : fits ? '' : '; belongs to NONE of these certificates';
  return `${file}\n  ${what}${encrypted ? ' under a passphrase, which neither a cosigner nor a node asks for' : ''}${verdict}`;
}

function purposeOf({ authority, usages, keyUsages, pathLength }: ShownCertificate): string {
  const limits = keyUsages === undefined ? '' : ` (${keyUsages.join(', ')})`;
  const length = pathLength === undefined ? '' : `, path length ${pathLength}`;
  const purpose = usages.length === 0 ? 'any usage' : usages.join(', ');
  return authority ? `authority${length}${limits}` : `${purpose}${limits}`;
}

function keyWords({ keyFits, keys, authority }: ShownCertificate): string {
  // Nobody expects the key of an authority beside its certificate.
  if (keyFits === undefined || (authority && !keyFits)) return '';
  return keyFits ? `, that of ${keys.join(', ')}` : ', none of these files';
}
