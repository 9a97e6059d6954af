import { describe, expect, it } from 'vitest';
import { Inputs } from '../src/core/inputs.js';

function setUp() {
  const fatal: unknown[] = [];
  const ran: string[] = [];
  const inputs = new Inputs((error) => fatal.push(error));
  return { inputs, fatal, ran };
}

describe('the inputs of a core', () => {
  it('run before `run` returns', () => {
    const { inputs, ran } = setUp();
    inputs.run(() => ran.push('first'));
    expect(ran).toEqual(['first']);
  });

  it('that come while one runs wait for its end, and keep their order', () => {
    const { inputs, ran } = setUp();
    inputs.run(() => {
      inputs.run(() => {
        inputs.run(() => ran.push('fourth'));
        ran.push('second');
      });
      inputs.run(() => ran.push('third'));
      ran.push('first');
    });
    expect(ran).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('end with the first that throws: what waited and what comes later never run', () => {
    const { inputs, fatal, ran } = setUp();
    const impossible = new Error('impossible: for this test');
    inputs.run(() => {
      inputs.run(() => ran.push('waited'));
      throw impossible;
    });
    inputs.run(() => ran.push('later'));
    inputs.resume();
    expect(fatal).toEqual([impossible]);
    expect(ran).toEqual([]);
  });

  it('have ended already when the error is told: an input that it brings about does not run', () => {
    const ran: string[] = [];
    const inputs: Inputs = new Inputs(() => inputs.run(() => ran.push('told')));
    inputs.run(() => {
      throw new Error('impossible: for this test');
    });
    expect(ran).toEqual([]);
  });

  it('wait while paused, and run in their order when resumed', () => {
    const { inputs, ran } = setUp();
    inputs.pause();
    inputs.run(() => ran.push('first'));
    inputs.run(() => ran.push('second'));
    expect(ran).toEqual([]);
    inputs.resume();
    expect(ran).toEqual(['first', 'second']);
  });

  it('paused by one that runs stop behind it', () => {
    const { inputs, ran } = setUp();
    inputs.run(() => {
      inputs.run(() => ran.push('second'));
      inputs.pause();
      ran.push('first');
    });
    expect(ran).toEqual(['first']);
    inputs.resume();
    expect(ran).toEqual(['first', 'second']);
  });

  it('resumed by one that runs do not run inside it', () => {
    const { inputs, ran } = setUp();
    inputs.run(() => {
      inputs.pause();
      inputs.run(() => ran.push('second'));
      inputs.resume();
      ran.push('first');
    });
    expect(ran).toEqual(['first', 'second']);
  });

  it('that were ended from outside run no more, not even those that wait', () => {
    const { inputs, fatal, ran } = setUp();
    inputs.run(() => {
      inputs.run(() => ran.push('waited'));
      inputs.end();
      ran.push('first');
    });
    inputs.run(() => ran.push('later'));
    expect(ran).toEqual(['first']);
    expect(fatal).toEqual([]);
  });
});
