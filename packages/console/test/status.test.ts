import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderStatus, validatorAddress } from '../src/index.js';
import { renderStatusPage } from '../src/status-page.js';
import { PUBLIC_KEY, sampleStatus } from './sample-status.js';

describe('status', () => {
  it('has exactly the names that scripts rely on', () => {
    expect(renderStatus(sampleStatus())).toEqual({
      cluster: 'my-validator',
      cosigner: 'alpha',
      version: '1.2.3',
      ready: true,
      role: 'leader',
      leader: 'alpha',
      term: 7,
      threshold: 2,
      safetyMargin: 0,
      peers: [
        { name: 'beta', connected: true, rttMs: 0.61, fenced: false },
        { name: 'gamma', connected: false, rttMs: null, fenced: false, lastError: 'connection refused' },
      ],
      chains: [
        {
          chainId: 'my-chain-1',
          publicKey: PUBLIC_KEY.toString('base64'),
          address: createHash('sha256').update(PUBLIC_KEY).digest().subarray(0, 20).toString('hex').toUpperCase(),
          height: '9223372036854775807',
          round: 0,
          step: 'precommit',
          nodes: [
            { address: 'tcp://127.0.0.1:26659', connected: true },
            {
              address: 'tcp://127.0.0.1:26660',
              connected: false,
              failures: { refused: 3, closed: 1 },
              lastFailure: { cause: 'refused', error: 'CONNECT_FAILED: <nothing> accepts', ageMs: 750 },
            },
          ],
          nonces: 64,
        },
      ],
    });
  });

  it('shows no leader and no mark as null', () => {
    const chains = sampleStatus().chains.map((chain) => ({ ...chain, mark: undefined }));
    const json = renderStatus(sampleStatus({ leader: undefined, chains }));
    expect(json.leader).toBeNull();
    expect(json.chains[0]).toMatchObject({ height: null, round: null, step: null });
  });

  it("gives the validator's address as 40 upper-case hex digits", () => {
    expect(validatorAddress(PUBLIC_KEY)).toBe('21FE31DFA154A261626BF854046FD2271B7BED4B');
  });

  it('says on its page why a node is away', () => {
    expect(renderStatusPage(sampleStatus())).toContain(
      'tcp://127.0.0.1:26660 <span class="bad">away</span>: CONNECT_FAILED: &#60;nothing&#62; accepts',
    );
  });

  it('escapes on its page what came from elsewhere', () => {
    const peers = [{ name: 'beta', connected: false, rttMs: undefined, lastError: '<script>alert("x")</script>' }];
    const page = renderStatusPage(sampleStatus({ peers }));
    expect(page).not.toContain('<script>');
    expect(page).toContain('&#60;script&#62;');
  });
});
