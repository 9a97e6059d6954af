/** The transport's options, checked in one place. */

import { PeerError } from './errors.js';
import { ID_BYTES, PROTOCOL_VERSION, PROTOCOL_VERSION_MIN, type VersionRange } from './hello.js';
import { SILENCE_MS_DEFAULT } from './liveness.js';
import { splitAddress } from './tcp-probe.js';
import type { PeerTlsIdentity } from './tls-settings.js';

/** Most cosigners in a cluster. */
export const MEMBERS_MAX = 64;

export interface PeerMember {
  readonly name: string;
  /** `host:port`; an IPv6 address in brackets. */
  readonly address: string;
}

/** What a cosigner is in its cluster; common to the real transport and its in-memory twin. */
export interface MemberOptions {
  readonly cluster: string;
  /** This cosigner's name, one of `members`. */
  readonly name: string;
  /** 16 bytes, lower-case hex, drawn at the start of the process. */
  readonly bootId: string;
  /** Every cosigner, this one included, in the same order everywhere: the earlier of two dials. */
  readonly members: readonly PeerMember[];
  /** Default {@link PROTOCOL_VERSION_MIN} to {@link PROTOCOL_VERSION}; narrower to hold back an upgrade. */
  readonly versions?: VersionRange;
}

export interface GrpcTransportOptions extends MemberOptions {
  /** `host:port` to listen on; port 0 for any free one. */
  readonly listen: string;
  readonly tls: PeerTlsIdentity;
  /**
   * Without a byte for so long, a peer is taken for hung. Default 1500, from 100 to 60000. Below the longest pause of a
   * healthy process (a slow disk, a paused virtual machine) connections flap; above, a hung leader is noticed late.
   */
  readonly silenceMs?: number;
}

/** @throws PeerError `OPTIONS` */
export function checkMemberOptions(options: MemberOptions): void {
  const { name, bootId, members, versions } = options;
  const names = members.map((member) => member.name);
  expect(members.length <= MEMBERS_MAX, 'members', `at most ${MEMBERS_MAX}`, members.length);
  expect(new Set(names).size === names.length, 'members', 'every name once', names.join(', '));
  expect(names.includes(name), 'name', `one of ${names.join(', ')}`, name);
  expect(
    new RegExp(`^[0-9a-f]{${2 * ID_BYTES}}$`).test(bootId),
    'bootId',
    `${ID_BYTES} bytes in lower-case hex`,
    bootId,
  );
  const { min, max } = versions ?? { min: PROTOCOL_VERSION_MIN, max: PROTOCOL_VERSION };
  expect(
    Number.isInteger(min) && Number.isInteger(max) && 1 <= min && min <= max,
    'versions',
    '1 ≤ min ≤ max',
    `${min}, ${max}`,
  );
}

/** @throws PeerError `OPTIONS` */
export function checkGrpcOptions(options: GrpcTransportOptions): void {
  checkMemberOptions(options);
  checkAddress('listen', options.listen, 0);
  for (const { name, address } of options.members) checkAddress(`address of ${name}`, address, 1);
  const silenceMs = options.silenceMs ?? SILENCE_MS_DEFAULT;
  expect(silenceMs >= 100 && silenceMs <= 60_000, 'silenceMs', '100 to 60000', silenceMs);
}

function checkAddress(what: string, address: string, portMin: number): void {
  const { host, port } = splitAddress(address);
  const valid = host !== '' && Number.isInteger(port) && port >= portMin && port <= 65_535 && /:\d+$/.test(address);
  expect(valid, what, 'HOST:PORT', `"${address}"`);
}

function expect(condition: boolean, what: string, expected: string, found: string | number): void {
  if (!condition) throw new PeerError({ code: 'OPTIONS', what, expected, found: String(found) });
}
