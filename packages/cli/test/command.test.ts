import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CliError } from '../src/errors.js';
import { parseConfig, run } from '../src/index.js';
import { testContext } from './context.js';

const folder = await mkdtemp(join(tmpdir(), 'quorumsign-cli-'));
afterAll(() => rm(folder, { recursive: true }));
let count = 0;

const context = () => testContext(folder);

const CREATE = ['cluster', 'create', '--chain-id', 'chain-1', '--threshold', '2', '--plaintext-shares'];
const THREE = ['alpha', 'beta', 'gamma'].flatMap((name, at) => ['--cosigner', `${name}=127.0.0.1:${7070 + at}`]);

async function create(...args: string[]) {
  const out = join(folder, `cluster-${count++}`);
  const used = context();
  const code = await run([...CREATE, ...THREE, '--out', out, ...args], used);
  return { out, code, used };
}

// Source: cometbft/cometbft v0.38.25 privval/msgs_test.go, the key of "it's a secret".
const KEY = {
  address: 'DC52D5CF8DFD1793D71038B342A29B01AD8A5D63',
  pub_key: { type: 'tendermint/PubKeyEd25519', value: 'VWpDbxIY0wlC7+eYQg9R3JtqMRuSnFeCV0V9BcX88jA=' },
  priv_key: {
    type: 'tendermint/PrivKeyEd25519',
    value: 'nYNNP8rE7iVTa3DhU3b+u2l4YatXNAXYuJKQQX/RYHBVakNvEhjTCULv55hCD1Hcm2oxG5KcV4JXRX0FxfzyMA==',
  },
};

describe('cluster create', () => {
  it('writes a whole home for each cosigner, for its owner only, that config check finds fine', async () => {
    const { out, code } = await create('--node', 'tcp://127.0.0.1:26659');
    expect(code).toBe(0);
    for (const name of ['alpha', 'beta', 'gamma']) {
      const home = join(out, name);
      expect((await stat(home)).mode & 0o777).toBe(0o700);
      for (const file of ['quorumsign.yaml', 'tls/key.pem', 'tls/node-identity.key', 'shares/chain-1.share']) {
        expect((await stat(join(home, file))).mode & 0o777, file).toBe(0o600);
      }
      const used = context();
      expect(await run(['config', 'check', '--home', home], used), used.out + used.err).toBe(0);
    }
    expect(await readFile(join(out, 'README.txt'), 'utf8')).toContain('Keep ca/ offline');
  });

  it('splits an existing key, carries its height over, and shows both', async () => {
    const key = join(folder, 'key.json');
    await writeFile(key, JSON.stringify(KEY), { mode: 0o600 });
    const { out, code } = await create('--key', key, '--floor', '1000');
    expect(code).toBe(0);
    const used = context();
    expect(await run(['keys', 'show', '-o', 'json', '--home', join(out, 'beta')], used)).toBe(0);
    expect(JSON.parse(used.out)[0]).toMatchObject({
      address: KEY.address,
      publicKey: KEY.pub_key.value,
      identifier: 2,
    });
    const state = context();
    expect(await run(['state', 'show', '-o', 'json', '--home', join(out, 'beta')], state)).toBe(0);
    expect(JSON.parse(state.out).chains).toEqual([
      { chainId: 'chain-1', height: '1000', round: 2 ** 31 - 1, step: 'precommit' },
    ]);
  });

  it('encrypts the shares with a passphrase from a file', async () => {
    const pass = join(folder, 'pass');
    await writeFile(pass, 'correct horse battery\n');
    const out = join(folder, 'encrypted');
    const args = CREATE.filter((each) => each !== '--plaintext-shares');
    expect(await run([...args, ...THREE, '--passphrase-file', pass, '--out', out], context())).toBe(0);
    expect(await readFile(join(out, 'alpha/shares/chain-1.age'), 'utf8')).toMatch(/^age-encryption.org/);
  });

  const key = join(folder, 'existing.json');
  const refusals: [string, string[], number, RegExp][] = [
    ['half of the cosigners', ['--threshold', '1'], 2, /threshold/],
    ['more than all cosigners', ['--threshold', '4'], 2, /threshold/],
    ['a threshold that is no number', ['--threshold', 'two'], 2, /whole number/],
    ['an existing key without a floor', ['--key', key], 3, /FLOOR_MISSING/],
    ['two floors', ['--floor', '5', '--never-signed'], 2, /one of --state, --floor and --never-signed/],
    ['a floor of nothing', ['--floor', '0'], 2, /height from 1/],
    ['a node over noise', ['--node', 'noise://x@127.0.0.1:1'], 2, /noise/],
    ['a node of a stranger', ['--node', 'delta=tcp://127.0.0.1:1'], 2, /delta/],
    ['two cosigners of one name', ['--cosigner', 'alpha=127.0.0.1:9'], 2, /alpha twice/],
    [
      'a key file that is not there',
      ['--key', join(folder, 'none.json'), '--never-signed'],
      2,
      /KEY_FILE_MISSING: .*none\.json: expected this file, found none; check the path$/m,
    ],
    [
      'a state file that is not there',
      ['--key', key, '--state', join(folder, 'none.json')],
      2,
      /none\.json: expected this file, found none; check the path$/m,
    ],
    [
      'ports of status pages beyond the last one',
      ['--http', '127.0.0.1:65534'],
      2,
      /USAGE: --http: the ports from 65534 on do not suffice for 3 cosigners on one host; give a lower one, or one for each: --http NAME=HOST:PORT$/m,
    ],
    ['an unknown flag', ['--treshold', '2'], 2, /unknown option/],
  ];
  for (const [name, args, expected, message] of refusals) {
    it(`refuses ${name} with exit ${expected}, and writes nothing`, async () => {
      await writeFile(key, JSON.stringify(KEY), { mode: 0o600 });
      const { out, code, used } = await create(...args);
      expect(used.err).toMatch(message);
      expect(code).toBe(expected);
      await expect(stat(out)).rejects.toThrow(/ENOENT/);
    });
  }

  it('takes the last port where it suffices, and a named one before counting', async () => {
    expect((await create('--http', '127.0.0.1:65533')).code).toBe(0);
    expect((await create('--http', '127.0.0.1:65534', '--http', 'gamma=127.0.0.1:7080')).code).toBe(0);
  });

  const stateFile = join(folder, 'state.json');
  const floors: [string, string[], object | null, string][] = [
    [
      'a height',
      ['--floor', '1000'],
      { height: '1000', round: 2 ** 31 - 1, step: 'precommit' },
      'height 1000 round 2147483647 precommit: nothing at or below is ever signed',
    ],
    [
      'the state of the old signer',
      ['--state', stateFile],
      { height: '9007199254740993', round: 2, step: 'prevote' },
      'height 9007199254740993 round 2 prevote: nothing at or below is ever signed',
    ],
    ['none', ['--never-signed'], null, 'none: this key has never signed'],
  ];
  it.each(floors)('says which floor it took, in text, JSON and README.txt: %s', async (_name, args, json, text) => {
    await writeFile(key, JSON.stringify(KEY), { mode: 0o600 });
    await writeFile(stateFile, JSON.stringify({ height: '9007199254740993', round: 2, step: 2 }));
    const { out, code, used } = await create('--key', key, ...args);
    expect(code).toBe(0);
    expect(used.out).toContain(`\nfloor      ${text}\n`);
    expect(await readFile(join(out, 'README.txt'), 'utf8')).toContain(`\nFloor ${text}\n`);
    const inJson = await create('--key', key, ...args, '-o', 'json');
    expect(JSON.parse(inJson.used.out).floor).toEqual(json);
  });

  it('never overwrites', async () => {
    const { out } = await create();
    const used = context();
    expect(await run([...CREATE, ...THREE, '--out', out], used)).toBe(2);
    expect(used.err).toMatch(/WOULD_OVERWRITE/);
  });

  it('refuses to store shares in the clear unless told to', async () => {
    const used = context();
    const args = CREATE.filter((each) => each !== '--plaintext-shares');
    expect(await run([...args, ...THREE, '--out', join(folder, 'clear')], used)).toBe(2);
    expect(used.err).toMatch(/--plaintext-shares/);
  });
});

describe('the configuration', async () => {
  const { out } = await create('--node', 'tcp://127.0.0.1:26659');
  const file = join(out, 'alpha', 'quorumsign.yaml');
  const good = await readFile(file, 'utf8');

  const refusals: [string, (text: string) => string, RegExp][] = [
    ['an unknown key', (text) => `${text}\nsignin: { deadline: 1s }\n`, /signin/],
    ['a threshold of half', (text) => text.replace(/^threshold: 2/m, 'threshold: 1'), /threshold/],
    ['a cosigner that is not listed', (text) => text.replace(/^cosigner: .*/m, 'cosigner: delta'), /delta/],
    [
      'a duration without a unit',
      (text) => text.replace(/heartbeat: \d+ms/, 'heartbeat: 50'),
      /heartbeat|duration|unit/,
    ],
    ['something other than YAML', () => 'a: [', /line|expected/i],
  ];
  for (const [name, spoil, message] of refusals) {
    it(`is refused with ${name}`, () => {
      const spoilt = spoil(good);
      expect(spoilt).not.toBe(good);
      expect(() => parseConfig(spoilt, file)).toThrow(message);
    });
  }

  /** Refused with a place in the file, or a configuration that keeps its rules. */
  const judge = (text: string) => {
    try {
      const { cosigner, cosigners, threshold } = parseConfig(text, file);
      expect(2 * threshold).toBeGreaterThan(cosigners.length);
      expect(cosigners.map(({ name }) => name)).toContain(cosigner);
      return 'read';
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      expect(error.message).toContain(file);
      return 'refused';
    }
  };

  it('is refused or read, never a crash, when cut anywhere', () => {
    const found = new Set<string>();
    for (let length = 0; length < good.length; length += 5) found.add(judge(good.slice(0, length)));
    expect(found).toEqual(new Set(['read', 'refused']));
  });

  it('is refused or read, never a crash, with one bit of any byte turned', () => {
    const bytes = Buffer.from(good);
    const found = new Set<string>();
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << ((at * 3) % 8)), at);
      // As text-file.ts reads it; bytes that are no UTF-8 become the sign for that.
      found.add(judge(flipped.toString('utf8')));
    }
    expect(found).toEqual(new Set(['read', 'refused']));
  });
});

describe('commands that need a running cosigner', () => {
  it('exit 4 when there is none', async () => {
    const { out } = await create();
    for (const args of [['status'], ['leader', 'show'], ['leader', 'transfer']]) {
      const used = context();
      expect(await run([...args, '--home', join(out, 'alpha')], used)).toBe(4);
      expect(used.err).toMatch(/ADMIN_UNREACHABLE/);
    }
  });
});

describe('the mistakes of a first day', () => {
  it('the folder that cluster create made, instead of a home in it: the homes are named', async () => {
    const { out } = await create();
    const used = context();
    expect(await run(['config', 'check', '--home', out], used)).toBe(2);
    const homes = ['alpha', 'beta', 'gamma'].map((name) => `--home ${join(out, name)}`).join(', ');
    expect(used.err).toContain(`FILE: ${join(out, 'quorumsign.yaml')}: expected the home of a cosigner in ${out}`);
    expect(used.err).toContain(`one of its folders is meant: ${homes} (--home DIR or QUORUMSIGN_HOME)`);
  });

  it('the same folder for commands that read no configuration: the homes are named, and no new store is advised', async () => {
    const { out } = await create();
    for (const args of [['state', 'show'], ['status'], ['leader', 'show'], ['leader', 'transfer']]) {
      const used = context();
      expect(await run([...args, '--home', out], used), args.join(' ')).toBe(2);
      expect(used.err).toContain(`FILE: ${join(out, 'quorumsign.yaml')}: expected the home of a cosigner in ${out}`);
      expect(used.err).toContain(`one of its folders is meant: --home ${join(out, 'alpha')}`);
    }
  });

  it('a fault in quorumsign.yaml: state show still reads the store', async () => {
    const { out } = await create('--floor', '5');
    await writeFile(join(out, 'alpha', 'quorumsign.yaml'), 'a: [');
    const used = context();
    expect(await run(['state', 'show', '--home', join(out, 'alpha')], used)).toBe(0);
    expect(used.out).toContain('chain-1  height 5 ');
  });

  it('no home at all: what a home is, and how it is named', async () => {
    const used = context();
    expect(await run(['keys', 'show'], used)).toBe(2);
    expect(used.err).toMatch(
      /found no quorumsign\.yaml there; give a folder that cluster create made for one cosigner/,
    );
  });

  it('encrypted shares and nobody to ask: all three places of a passphrase are named', async () => {
    const pass = join(folder, 'first-day-pass');
    await writeFile(pass, 'correct horse battery\n');
    const out = join(folder, 'first-day');
    const args = CREATE.filter((each) => each !== '--plaintext-shares');
    expect(await run([...args, ...THREE, '--passphrase-file', pass, '--out', out], context())).toBe(0);
    const used = context();
    expect(await run(['start', '--home', join(out, 'alpha')], used)).toBe(2);
    expect(used.err).toMatch(/expected --passphrase-file FILE, systemd's credential "passphrase", or a terminal/);
  });

  it.each([
    ['', 'expected a passphrase on one line, found 0 characters'],
    ['one\ntwo\n', 'expected a passphrase on one line, found several lines'],
  ])('a passphrase file that holds %j', async (text, message) => {
    const { out } = await create();
    const pass = join(folder, 'odd-pass');
    await writeFile(pass, text);
    await writeFile(join(out, 'alpha', 'shares', 'chain-1.age'), '');
    await rm(join(out, 'alpha', 'shares', 'chain-1.share'));
    const used = context();
    expect(await run(['start', '--home', join(out, 'alpha'), '--passphrase-file', pass], used)).toBe(2);
    expect(used.err).toContain(message);
  });

  it.each([
    [['kyes'], /Did you mean keys\?\)\nsee quorumsign --help/],
    [['certs', 'issue', '--fro', 'x'], /Did you mean --for\?\)\nsee quorumsign certs issue --help/],
  ])('a mistyped word %j: the near one, and where all are listed', async (args, message) => {
    const used = context();
    expect(await run(args, used)).toBe(2);
    expect(used.err).toMatch(message);
  });
});

describe('README.txt beside an imported key', () => {
  it('has the old signer stopped before the first start, and its key destroyed after it', async () => {
    const file = join(folder, 'readme-key.json');
    await writeFile(file, JSON.stringify(KEY), { mode: 0o600 });
    const { out } = await create('--key', file, '--floor', '7');
    const text = await readFile(join(out, 'README.txt'), 'utf8');
    const places = [
      '\n3. Before the first start',
      '\n4. On each machine',
      '\n5. ',
      '\n6. When the cluster signs, DESTROY',
    ];
    const found = places.map((each) => text.indexOf(each));
    expect(found.every((at) => at > 0)).toBe(true);
    expect(found).toEqual([...found].sort((a, b) => a - b));
  });
});
