import { describe, expect, it } from 'vitest';
import { MerlinTranscript, Strobe128 } from '../src/index.js';
import { hex, merlinVectors, toHex } from './vectors.js';

const ascii = (text: string) => Buffer.from(text, 'ascii');

describe('STROBE-128', () => {
  it('has the state of the vectors after its first label', () => {
    const { state, pos, pos_begin } = merlinVectors.strobe_init.after_meta_ad_merlin_label;
    const found = new Strobe128(ascii('Merlin v1.0')).inspect();
    expect(toHex(found.state)).toBe(state);
    expect([found.pos, found.posBegin]).toEqual([pos, pos_begin]);
  });

  it('refuses to continue an operation of another kind', () => {
    const strobe = new Strobe128(ascii('x'));
    strobe.ad(ascii('data'));
    expect(() => strobe.metaAd(ascii('more'), true)).toThrow('flags');
  });

  it('leaves nothing behind when wiped', () => {
    const strobe = new Strobe128(ascii('x'));
    strobe.wipe();
    expect(toHex(strobe.inspect().state)).toBe('00'.repeat(200));
  });
});

describe('Merlin', () => {
  const [simple, complex] = merlinVectors.transcripts;

  it('goes through the states of the simple transcript', () => {
    const transcript = new MerlinTranscript(simple.label);
    const states = [transcript.inspect()];
    transcript.append('some label', ascii('some data'));
    states.push(transcript.inspect());
    const challenge = transcript.challenge('challenge', 32);
    states.push(transcript.inspect());
    expect(toHex(challenge)).toBe(simple.steps[1]?.output);
    expect(states.map(({ state, pos, posBegin }) => [toHex(state), pos, posBegin])).toEqual(
      simple.states.map(({ state, pos, pos_begin }) => [state, pos, pos_begin]),
    );
  });

  it('gives the last challenge of the complex transcript, which crosses many blocks', () => {
    const transcript = new MerlinTranscript(complex.label);
    transcript.append('step1', ascii('some data'));
    const outputs: string[] = [];
    for (let i = 0; i < 32; i++) {
      const challenge = transcript.challenge('challenge', 32);
      outputs.push(toHex(challenge));
      transcript.append('bigdata', new Uint8Array(1024).fill(0x63));
      transcript.append('challengedata', challenge);
    }
    expect(outputs[0]).toBe(complex.first_output);
    expect(outputs[31]).toBe(complex.final_output);
  });

  it('gives another challenge for another split of the same bytes', () => {
    const challenges = [
      ['ab', 'c'],
      ['a', 'bc'],
    ].map((parts) => {
      const transcript = new MerlinTranscript('split');
      for (const part of parts) transcript.append('part', ascii(part));
      return toHex(transcript.challenge('out', 32));
    });
    expect(challenges[0]).not.toBe(challenges[1]);
    expect(hex(challenges[0] ?? '')).toHaveLength(32);
  });
});
