import type { Reporter, TestModule } from 'vitest/node';

/** Writes `Tests: N passed, N failed, N skipped` to the file named by CLOSING_LINE, for scripts that read one line. */
export default class ClosingLineReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): Promise<void> {
    const file = process.env['CLOSING_LINE'];
    if (file === undefined) return;
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') count.passed += 1;
        else if (state === 'failed') count.failed += 1;
        else count.skipped += 1;
      }
    }
    const { writeFile } = await import('node:fs/promises');
    await writeFile(file, `Tests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
