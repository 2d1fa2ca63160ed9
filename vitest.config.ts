import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{proto,agent,hub,web,load-sim}/{src,e2e,bench}/**/*.test.{ts,tsx}'],
    // Two cores: more files at once only make the real processes of the end-to-end tests slower.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', './.ci/closing-line-reporter.ts'],
  },
});
