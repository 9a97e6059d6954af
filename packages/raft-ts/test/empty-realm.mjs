/**
 * Loads the built package into a realm whose global object has the language's own names and no others, as little as any browser or
 * runtime has, and uses it there. Run with `node --experimental-vm-modules`; purity.test.ts does.
 */
import { readFileSync } from 'node:fs';
import { createContext, SourceTextModule } from 'node:vm';

const DIST = new URL('../dist/', import.meta.url);

const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
const modules = new Map();

function load(url) {
  const known = modules.get(url.href);
  if (known !== undefined) return known;
  const module = new SourceTextModule(readFileSync(url, 'utf8'), { context, identifier: url.href });
  modules.set(url.href, module);
  return module;
}

const main = new SourceTextModule(
  `
  import { createRaft, formatTraceEvent } from './index.js';
  import { checkTrace } from './trace-check/index.js';
  const lines = [];
  const trace = (event) => lines.push(formatTraceEvent(event));
  const raft = createRaft(
    { name: 'a', members: ['a'], electionTicks: 3, heartbeatTicks: 1, random: () => 0, trace },
    { hardState: { term: 0n, vote: undefined, commit: 0n }, entries: [], snapshot: undefined },
  );
  let committed = 0;
  let read;
  let configuration;
  const work = () => {
    for (let turn = 0; turn < 100 && raft.hasReady(); turn += 1) {
      const ready = raft.ready();
      for (const entry of ready.committed) {
        committed += 1;
        if (entry.kind === 'config') configuration = raft.applyConfigChange(entry);
      }
      read ??= ready.readStates[0]?.index;
      if (ready.mustPersist) raft.persisted(ready.ticket);
    }
  };
  for (let tick = 0; tick < 3; tick += 1) raft.tick();
  work();
  raft.propose(Uint8Array.of(1, 2, 3));
  work();
  raft.readIndex('first');
  work();
  raft.proposeConfigChange({ changes: [{ kind: 'add-learner', name: 'x' }], transition: 'joint-implicit' });
  work();
  const { leaders } = checkTrace(lines);
  export const result =
    'committed ' + committed + ', read at ' + read + ', learners ' + configuration.learners.join() +
    ', trace of ' + (leaders === 1 ? 'one leader' : leaders + ' leaders');
  `,
  { context, identifier: new URL('main.js', DIST).href },
);

await main.link((specifier, from) => load(new URL(specifier, from.identifier)));
await main.evaluate();
process.stdout.write(`${main.namespace.result}\n`);
