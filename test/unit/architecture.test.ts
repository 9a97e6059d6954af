import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

// Cores are pure: synchronous and deterministic, with every outside thing handed in (design, section 5).
const PURE = ['packages/frost/src', 'packages/sign-state/src', 'packages/raft-ts/src', 'packages/cosigner/src/core'];

/** Packages from the bottom up: each may import those before it, and only those listed in its package.json. */
const LAYERS = [
  ['frost', 'sign-state', 'raft-ts', 'store', 'pki', 'grpc-guard'],
  ['keystore', 'peer', 'privval', 'console'],
  ['cosigner', 'privval-conformance'],
  ['cli', 'simulator'],
];

const root = new URL('../..', import.meta.url).pathname;

function sources(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(path, file));
}

function imports(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s+'([^']+)'/g)].map((match) => match[1] ?? '');
}

function manifest(folder: string): { name: string; dependencies?: Record<string, string>; exports?: object } {
  return JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
}

describe('the cores', () => {
  for (const folder of PURE) {
    it(`${folder} reads no clock, disk, network or chance of its own`, () => {
      const files = sources(folder);
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        const where = relative(root, file);
        for (const imported of imports(file)) expect(imported, where).not.toMatch(/^node:/);
        const text = readFileSync(file, 'utf8');
        expect(text, where).not.toMatch(
          /\b(Date\.now|Math\.random|performance\.now|setTimeout|setInterval|process\.\w)/,
        );
        expect(text, where).not.toMatch(/\bcrypto\.(randomBytes|getRandomValues)/);
      }
    });
  }

  it('frost does not call the random functions of libsodium', () => {
    for (const file of sources('packages/frost/src')) {
      expect(readFileSync(file, 'utf8'), file).not.toMatch(/randombytes|_random\(|keypair\(/);
    }
  });
});

describe('the arrows between packages', () => {
  const layerOf = new Map(LAYERS.flatMap((names, layer) => names.map((name) => [manifest(name).name, layer] as const)));
  const folderOf = new Map(LAYERS.flat().map((folder) => [manifest(folder).name, folder]));
  for (const folder of LAYERS.flat()) {
    it(`${folder} imports only what its manifest names, and nothing above it`, () => {
      const { name, dependencies = {} } = manifest(folder);
      for (const file of sources(`packages/${folder}/src`)) {
        for (const imported of imports(file)) {
          if (imported.startsWith('.') || imported.startsWith('node:')) continue;
          const parts = imported.split('/');
          const target = imported.startsWith('@') ? `${parts[0]}/${parts[1]}` : (parts[0] ?? '');
          expect(Object.keys(dependencies), `${relative(root, file)} imports ${imported}`).toContain(target);
          const layer = layerOf.get(target);
          if (layer === undefined) continue;
          expect(layer, `${folder} imports ${target}`).toBeLessThanOrEqual(layerOf.get(name) ?? -1);
          const { exports } = manifest(folderOf.get(target) ?? '');
          const entry = `.${imported.slice(target.length)}`;
          expect(Object.keys(exports ?? {}), 'no deep imports across packages').toContain(entry);
        }
      }
    });
  }

  it('every package is in a layer', () => {
    expect(readdirSync(join(root, 'packages')).sort()).toEqual(LAYERS.flat().sort());
  });

  it('no relative import leaves its package', () => {
    for (const folder of LAYERS.flat()) {
      for (const file of sources(`packages/${folder}/src`)) {
        const depth = relative(join(root, 'packages', folder, 'src'), file).split('/').length - 1;
        for (const imported of imports(file).filter((each) => each.startsWith('.'))) {
          const ups = imported.split('/').filter((part) => part === '..').length;
          expect(ups, `${relative(root, file)} imports ${imported}`).toBeLessThanOrEqual(depth);
        }
      }
    }
  });

  it('only the command reads the environment', () => {
    for (const folder of LAYERS.flat().filter((each) => each !== 'cli')) {
      for (const file of sources(`packages/${folder}/src`)) {
        expect(readFileSync(file, 'utf8'), relative(root, file)).not.toMatch(/process\.env/);
      }
    }
  });
});

describe('the rule', () => {
  it('has one caller that releases shares', () => {
    const callers = sources('packages/cosigner/src').filter((file) => /\.signShare\(/.test(readFileSync(file, 'utf8')));
    expect(callers.map((file) => relative(root, file))).toEqual(['packages/cosigner/src/core/share-release.ts']);
    // The warm-up signs dummy data with a key of its own making: it is handed no share.
    expect(readFileSync(join(root, 'packages/cosigner/src/shell/warm-up.ts'), 'utf8')).not.toMatch(
      /config|importShare/,
    );
  });
});
