/** `keys show`: the validator's public key in the forms that chains write it, and this cosigner's identities towards nodes. */

import { createHash } from 'node:crypto';
import { addressOf, readGroup } from '@quorumsign/keystore';
import { peerIdOf, secretConnectionIdOf } from '@quorumsign/privval';
import { bech32 } from '@scure/base';
import { type CommandContext, type GlobalOptions, printAnswer } from '../context.js';
import { usageError } from '../errors.js';
import { ownIdentifier } from '../home/check-group.js';
import { homePaths } from '../home/home-paths.js';
import { loadConfig } from '../home/load-config.js';
import { readNodeIdentity } from '../home/node-identity.js';

export interface KeysShowFlags {
  /** Human-readable part of bech32, such as `cosmosvalcons`. */
  readonly prefix: string | undefined;
  readonly nodeIdentity: boolean;
}

/** What amino put before an Ed25519 public key of 32 bytes; SDKs before 0.43 show keys so. */
const AMINO_ED25519 = [0x16, 0x24, 0xde, 0x64, 0x20];
/** BIP 173: bech32 is 90 characters at most; `PREFIXpub1` and 37 bytes leave 20 for the prefix. */
const PREFIX_PATTERN = /^[a-z][a-z0-9]{0,19}$/;

/** Public key, address and the fingerprint of this cosigner's verification share, for each chain. */
export async function keysShow(flags: KeysShowFlags, options: GlobalOptions, context: CommandContext): Promise<void> {
  if (flags.nodeIdentity) {
    if (flags.prefix !== undefined) throw usageError('expected --prefix or --node-identity, found both');
    await showNodeIdentity(options, context);
    return;
  }
  assertPrefix(flags.prefix, context);
  const config = await loadConfig(options.home);
  const { shares } = homePaths(options.home);
  const keys = [];
  for (const { chainId } of config.chains) {
    const { groupKey, verificationShares, epoch, threshold } = await readGroup(shares, chainId);
    const identifier = ownIdentifier(config);
    const share = verificationShares.get(identifier) ?? new Uint8Array();
    keys.push({
      chainId,
      address: addressOf(groupKey),
      publicKey: Buffer.from(groupKey).toString('base64'),
      ...(flags.prefix === undefined ? {} : cosmosForms(flags.prefix, groupKey)),
      epoch,
      threshold,
      identifier,
      shareFingerprint: createHash('sha256').update(share).digest('hex').slice(0, 16),
    });
  }
  printAnswer(context, options, { json: keys, text: keys.map(keyText).join('\n\n') });
}

/** What a Cosmos SDK shows and takes for a consensus key. */
function cosmosForms(prefix: string, groupKey: Uint8Array) {
  const address = createHash('sha256').update(groupKey).digest().subarray(0, 20);
  const amino = Uint8Array.from([...AMINO_ED25519, ...groupKey]);
  return {
    bech32Address: bech32.encode(prefix, bech32.toWords(address)),
    bech32PublicKey: bech32.encode(`${prefix}pub`, bech32.toWords(amino)),
    cosmosPublicKey: {
      '@type': '/cosmos.crypto.ed25519.PubKey',
      key: Buffer.from(groupKey).toString('base64'),
    },
  };
}

type ShownKey = { chainId: string; address: string; publicKey: string; epoch: number; identifier: number } & {
  shareFingerprint: string;
} & Partial<ReturnType<typeof cosmosForms>>;

function keyText(key: ShownKey): string {
  const lines = [`chain       ${key.chainId}`, `address     ${key.address}`, `public key  ${key.publicKey}`];
  if (key.cosmosPublicKey !== undefined) {
    lines.push(`bech32      ${key.bech32Address}`, `bech32 pub  ${key.bech32PublicKey}`);
    lines.push(`pubkey      ${JSON.stringify(key.cosmosPublicKey)}`);
  }
  return [...lines, `share       ${key.identifier}, epoch ${key.epoch}, ${key.shareFingerprint}`].join('\n');
}

function assertPrefix(prefix: string | undefined, context: CommandContext): void {
  if (prefix === undefined) return;
  if (!PREFIX_PATTERN.test(prefix)) {
    const found = JSON.stringify(prefix);
    throw usageError(`--prefix: expected 1 to 20 lower-case letters and digits, such as cosmosvalcons, found ${found}`);
  }
  if (prefix.endsWith('valcons')) return;
  context.stderr.write(
    `warning: the prefix of a consensus address usually ends in "valcons" (cosmosvalcons, not cosmos); with ${prefix} this reads like an account or an operator\n`,
  );
}

async function showNodeIdentity(options: GlobalOptions, context: CommandContext): Promise<void> {
  const { cosigner } = await loadConfig(options.home);
  const seed = await readNodeIdentity(homePaths(options.home).nodeIdentity);
  const peerId = peerIdOf(seed);
  const secretConnectionId = secretConnectionIdOf(seed);
  seed.fill(0);
  printAnswer(context, options, {
    json: { cosigner, peerId, secretConnectionId },
    text: `cosigner  ${cosigner}\npeer id   ${peerId}   (for a node's priv_validator_laddr = "noise://${peerId}@IP:PORT")\ntcp id    ${secretConnectionId}`,
  });
}
