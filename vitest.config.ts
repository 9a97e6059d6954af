import { defineConfig } from 'vitest/config';

// Workspace packages are resolved to their sources, so that tests never run against a stale build.
const conditions = ['quorumsign-source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/unit/**/*.test.ts'],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
