/**
 * The handshake's rules, without its I/O: which hello is acceptable, which protocol version is agreed, what the connection is
 * called. TLS has proven who the peer is before any of this; a hello can only confirm that name, never change it.
 */

import { createHash } from 'node:crypto';
import type { Goodbye, Hello } from './packet.js';

/** The protocol version that this build speaks best. Raised when the meaning of a packet changes. */
export const PROTOCOL_VERSION = 1;
/** The oldest that it still speaks: the one before, so that cosigners can be upgraded one at a time. There is none before 1. */
export const PROTOCOL_VERSION_MIN = 1;

/** Bytes in a boot id, in a hello's random, and in a connection id. */
export const ID_BYTES = 16;

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** What this end says about itself in every hello. */
export interface LocalIdentity {
  readonly cluster: string;
  readonly name: string;
  /** 16 bytes, lower-case hex. */
  readonly bootId: string;
  readonly versions: VersionRange;
}

/** A hello that was accepted. */
export interface AgreedHello {
  readonly bootId: string;
  readonly protocolVersion: number;
  readonly random: Uint8Array;
}

export function makeHello(local: LocalIdentity, random: Uint8Array): Hello {
  return {
    versionMin: local.versions.min,
    versionMax: local.versions.max,
    cluster: local.cluster,
    name: local.name,
    bootId: Buffer.from(local.bootId, 'hex'),
    random,
  };
}

/**
 * Judges the peer's hello.
 *
 * @param peer - the name in the peer's certificate
 * @returns what was agreed, or the goodbye to send, with words for the operator at either end
 */
export function checkHello(local: LocalIdentity, peer: string, hello: Hello): AgreedHello | Goodbye {
  const protocolVersion = Math.min(local.versions.max, hello.versionMax);
  if (hello.versionMin > hello.versionMax || protocolVersion < Math.max(local.versions.min, hello.versionMin)) {
    const [ours, theirs] = [rangeText(local.versions), rangeText({ min: hello.versionMin, max: hello.versionMax })];
    const message = `no common protocol version: ${local.name} speaks ${ours}, ${peer} speaks ${theirs}; upgrade the older of the two`;
    return { reason: 'version', message };
  }
  if (hello.cluster !== local.cluster) {
    return refuse(
      `expected cluster "${local.cluster}", found "${hello.cluster.slice(0, 128)}" in the hello of ${peer}`,
    );
  }
  if (hello.name !== peer) {
    return refuse(`expected the name "${peer}" of the certificate, found "${hello.name.slice(0, 128)}" in the hello`);
  }
  if (hello.bootId.length !== ID_BYTES || hello.random.length !== ID_BYTES) {
    return refuse(
      `expected ${ID_BYTES} bytes of boot id and random, found ${hello.bootId.length} and ${hello.random.length}`,
    );
  }
  return { bootId: Buffer.from(hello.bootId).toString('hex'), protocolVersion, random: Uint8Array.from(hello.random) };
}

/** One end of a connection, for its id. */
export interface ConnectionEnd {
  readonly name: string;
  readonly random: Uint8Array;
}

/**
 * The connection's id: the first 16 bytes of SHA-256 over both randoms and names, the dialling end's first. The member
 * earlier in the list dials, so that is member order too. Fresh random of both ends makes it unlike any before, whatever
 * the other end does.
 */
export function connectionIdOf(dialler: ConnectionEnd, listener: ConnectionEnd): string {
  const hash = createHash('sha256').update('quorumsign peer connection 1\0');
  hash.update(dialler.random).update(listener.random);
  // The names' lengths keep two pairs of names from running into the same bytes.
  for (const name of [dialler.name, listener.name].map((each) => Buffer.from(each))) {
    hash.update(Buffer.of(name.length >> 8, name.length & 0xff)).update(name);
  }
  return hash.digest().subarray(0, ID_BYTES).toString('hex');
}

function refuse(message: string): Goodbye {
  return { reason: 'protocol', message };
}

function rangeText({ min, max }: VersionRange): string {
  return min === max ? `version ${min}` : `versions ${min} to ${max}`;
}
