import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    globalSetup: 'test/engines/servers.ts',
    setupFiles: ['test/compile-cache.ts'],
    pool: 'forks',
    // Much of a test is waiting for a server or a process: one for each core, where otherwise one core stays idle.
    maxWorkers: '100%',
    // No test takes a fourth of it; a machine that stands still for a while fails none.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    coverage: {
      provider: 'v8',
      // The database code: everything between a declaration and a file or server.
      include: ['packages/core/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/test-*.ts', '**/fixtures/**'],
      reporter: ['text-summary'],
      // Of branches, many are what goes wrong on the wires to stores of archives, or run in threads, which it does not see.
      thresholds: { statements: 90, branches: 89, functions: 90, lines: 90 },
    },
  },
});
