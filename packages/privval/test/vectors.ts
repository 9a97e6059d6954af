/** Vector files of the field, each with its sources inside; see test/data/README.md. */

import { readFileSync } from 'node:fs';

export interface MerlinState {
  readonly after: string;
  readonly state: string;
  readonly pos: number;
  readonly pos_begin: number;
}

export interface MerlinVectors {
  readonly keccak_f1600: { readonly input: string; readonly output: string };
  readonly strobe_init: { readonly after_meta_ad_merlin_label: Omit<MerlinState, 'after'> };
  readonly transcripts: readonly [
    { readonly label: string; readonly states: readonly MerlinState[]; readonly steps: readonly { output?: string }[] },
    { readonly label: string; readonly first_output: string; readonly final_output: string },
  ];
}

export interface Party {
  readonly ed25519_seed: string;
  readonly ed25519_public: string;
  readonly x25519_secret: string;
  readonly initial_message: string;
  readonly auth_message: string;
}

export interface SecretConnectionVectors {
  readonly kdf_golden: {
    readonly rows: readonly { dh_secret: string; local_is_least: boolean; recv_key: string; send_key: string }[];
  };
  readonly frames_tmkms: {
    readonly key: string;
    readonly frames: readonly { nonce: number; plaintext: string; sealed: string }[];
  };
  readonly handshake_tmkms: {
    readonly alice: Party;
    readonly bob: Party;
    readonly shared_secret: string;
    readonly challenge: string;
    readonly alice_recv_key: string;
    readonly alice_send_key: string;
  };
  readonly session_derived: {
    readonly steps: readonly {
      from: 'signer' | 'node';
      what: string;
      message: string;
      frames: readonly { sealed: string }[];
    }[];
  };
  readonly low_order_points: readonly { readonly public_key: string; readonly name: string }[];
}

export interface MessageVectors {
  readonly example_public_key: string;
  readonly families: Readonly<Record<string, { readonly messages: Readonly<Record<string, string>> }>>;
  readonly derived: readonly { readonly name: string; readonly message: string; readonly delimited: string }[];
}

// The files are part of this repository; their shape is what the interfaces above say.
export const merlinVectors = load('merlin') as MerlinVectors;
export const secretConnectionVectors = load('secret-connection') as SecretConnectionVectors;
export const messageVectors = load('privval-messages') as MessageVectors;

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./data/${name}.json`, import.meta.url), 'utf8'));
}
