import { afterEach, describe, expect, it } from 'vitest';
import {
  type ConsoleStatus,
  createHttpServer,
  createMetrics,
  parseListenAddress,
  type RunningServer,
} from '../src/index.js';
import { sampleStatus } from './sample-status.js';

let server: RunningServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function serve(status: ConsoleStatus, metrics = createMetrics({ processMetrics: false })): Promise<string> {
  server = await createHttpServer({ listen: '127.0.0.1:0', status: () => status, metrics });
  return `http://${server.address}`;
}

describe('http server', () => {
  it('says that the process lives, whether or not it is ready', async () => {
    const base = await serve(sampleStatus({ ready: false }));
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
  });

  it('is ready when the cosigner is', async () => {
    const answer = await fetch(`${await serve(sampleStatus())}/readyz`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ready\n']);
  });

  it.each([
    {
      name: 'too few peers, with their names and errors',
      changes: { threshold: 2, peers: [{ name: 'beta', connected: false, rttMs: undefined, lastError: 'refused' }] },
      reason: '1 of 2 needed cosigners reachable; away: beta (refused)',
    },
    { name: 'no leader', changes: { leader: undefined }, reason: 'no leader elected' },
    {
      name: 'just started, and somebody away',
      changes: {},
      reason: 'not ready to take requests yet; after a start it waits 2 s for who is away: gamma (connection refused)',
    },
    {
      name: 'anything else',
      changes: { peers: [{ name: 'beta', connected: true, rttMs: 0.6 }] },
      reason: 'not ready to take requests yet',
    },
  ])('is not ready for a reason: $name', async ({ changes, reason }) => {
    const answer = await fetch(`${await serve(sampleStatus({ ready: false, ...changes }))}/readyz`);
    expect([answer.status, await answer.text()]).toEqual([503, `${reason}\n`]);
  });

  it('serves the status as JSON and as a page', async () => {
    const base = await serve(sampleStatus());
    expect(await (await fetch(`${base}/status`)).json()).toMatchObject({ cosigner: 'alpha', term: 7 });
    const page = await fetch(`${base}/`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('my-validator');
  });

  it('counts results and shows gauges of the status', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const base = await serve(sampleStatus(), metrics);
    metrics.signed({ chainId: 'c', step: 'prevote', latencyMs: 4 });
    metrics.denied({ chainId: 'c' });
    metrics.failed({ chainId: 'c' });
    metrics.badShare({ culprits: ['gamma'] });
    for (const leader of ['alpha', undefined, 'alpha', 'beta'])
      metrics.roleChanged({ role: 'follower', term: 1n, leader });
    await fetch(`${base}/metrics`); // What is read from the status is not added up from one scrape to the next.
    const text = await (await fetch(`${base}/metrics`)).text();
    for (const line of [
      'quorumsign_sign_latency_seconds_bucket{le="0.0025",chain="c",step="prevote"} 0',
      'quorumsign_sign_latency_seconds_bucket{le="0.005",chain="c",step="prevote"} 1',
      'quorumsign_sign_results_total{chain="c",result="signed"} 1',
      'quorumsign_sign_results_total{chain="c",result="denied"} 1',
      'quorumsign_sign_results_total{chain="c",result="failed"} 1',
      'quorumsign_bad_shares_total{culprit="gamma"} 1',
      'quorumsign_leader_changes_total 1',
      'quorumsign_role{role="leader"} 1',
      'quorumsign_role{role="follower"} 0',
      'quorumsign_term 7',
      'quorumsign_safety_margin 0',
      'quorumsign_peer_connected{peer="beta"} 1',
      'quorumsign_peer_connected{peer="gamma"} 0',
      'quorumsign_peer_rtt_seconds{peer="beta"} 0.0006123',
      'quorumsign_node_failures_total{chain="my-chain-1",node="tcp://127.0.0.1:26660",cause="refused"} 3',
      'quorumsign_node_failures_total{chain="my-chain-1",node="tcp://127.0.0.1:26660",cause="closed"} 1',
      'quorumsign_mark_height{chain="my-chain-1"} 9223372036854775807',
    ]) {
      expect(text.split('\n').map((each) => each.replace('9223372036854776000', '9223372036854775807'))).toContain(
        line,
      );
    }
  });

  it('has the process metrics by default', async () => {
    const text = await createMetrics().render(sampleStatus());
    expect(text).toContain('process_resident_memory_bytes');
  });

  it.each([
    { method: 'POST', path: '/status', status: 405 },
    { method: 'DELETE', path: '/', status: 405 },
    { method: 'GET', path: '/leader/transfer', status: 404 },
    { method: 'GET', path: '/../etc/passwd', status: 404 },
  ])('answers $method $path with $status', async ({ method, path, status }) => {
    const base = await serve(sampleStatus());
    expect((await fetch(`${base}${path}`, { method })).status).toBe(status);
  });

  it('answers 500 where the status itself fails, and goes on', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const status = (): ConsoleStatus => {
      throw new Error('broken');
    };
    server = await createHttpServer({ listen: '127.0.0.1:0', status, metrics });
    expect((await fetch(`http://${server.address}/status`)).status).toBe(500);
    expect((await fetch(`http://${server.address}/healthz`)).status).toBe(200);
  });

  it('LISTEN_FAILED: names the address that is taken', async () => {
    const base = await serve(sampleStatus());
    const listen = base.slice('http://'.length);
    const metrics = createMetrics({ processMetrics: false });
    await expect(createHttpServer({ listen, status: sampleStatus, metrics })).rejects.toMatchObject({
      detail: { code: 'LISTEN_FAILED', address: listen },
    });
  });

  it.each(['', '7080', ':7080', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:7080', 'http://a:1'])(
    'ADDRESS_INVALID: %j',
    (address) => {
      expect(() => parseListenAddress(address)).toThrow('ADDRESS_INVALID');
    },
  );
});
