/**
 * The page at `/`: the status, readable without any tool, in one self-contained document (no scripts, nothing fetched).
 * It asks the browser to load it again every two seconds.
 */

import { unreadyReason } from './readiness.js';
import { type ConsoleStatus, type NodeJson, renderStatus } from './status.js';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a1a1a;background:#fff}' +
  'table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{text-align:left;padding:.3rem .8rem .3rem 0;' +
  'border-bottom:1px solid #ddd;overflow-wrap:anywhere}th{font-weight:600}code{font-size:.9em}.ok{color:#0a6b2d}.bad{color:#b00020}' +
  '@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}th,td{border-color:#3a3a3a}.ok{color:#5fd38a}.bad{color:#ff7a85}}';

/** Renders the page; every value is escaped. */
export function renderStatusPage(status: ConsoleStatus): string {
  const { peers, chains, ...self } = renderStatus(status);
  const reason = unreadyReason(status);
  const state =
    reason === undefined ? '<b class="ok">ready</b>' : `<b class="bad">not ready</b>: ${escapeHtml(reason)}`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escapeHtml(self.cosigner)} – ${escapeHtml(self.cluster)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escapeHtml(self.cosigner)} <small>of ${escapeHtml(self.cluster)}</small></h1><p>${state}</p>`,
    table(
      ['role', 'leader', 'term', 'threshold', 'safety margin', 'version'],
      [
        [
          self.role,
          self.leader ?? '(none)',
          self.term,
          `${self.threshold} of ${peers.length + 1}`,
          self.safetyMargin,
          self.version,
        ].map((value) => escapeHtml(String(value))),
      ],
    ),
    '<h2>Cosigners</h2>',
    table(
      ['name', 'connection', 'round trip', 'last error'],
      peers.map((peer) => [
        escapeHtml(peer.name),
        mark(peer.connected),
        peer.rttMs === null ? '' : `${peer.rttMs} ms`,
        escapeHtml(peer.connected ? '' : (peer.lastError ?? '')),
      ]),
    ),
    '<h2>Chains</h2>',
    table(
      ['chain', 'last signed', 'address', 'public key', 'nodes', 'nonces'],
      chains.map((chain) => [
        escapeHtml(chain.chainId),
        chain.height === null ? 'nothing yet' : escapeHtml(`${chain.height} / ${chain.round} / ${chain.step}`),
        `<code>${chain.address}</code>`,
        `<code>${escapeHtml(chain.publicKey)}</code>`,
        chain.nodes.map(nodeCell).join('<br>'),
        String(chain.nonces),
      ]),
    ),
    '<p><a href="/status">status as JSON</a> · <a href="/metrics">metrics</a></p></body></html>\n',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  return `<table><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr>${rows.map(cells).join('')}</table>`;
}

function nodeCell({ address, connected, lastFailure }: NodeJson): string {
  const why = connected || lastFailure === undefined ? '' : `: ${escapeHtml(lastFailure.error)}`;
  return `${escapeHtml(address)} ${mark(connected)}${why}`;
}

function mark(connected: boolean): string {
  return connected ? '<span class="ok">connected</span>' : '<span class="bad">away</span>';
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
