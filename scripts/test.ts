// `npm test`: runs every suite and closes with its counts on a line of their own.
// Arguments go to vitest: file names, -t PATTERN, --coverage.

import { accessSync, constants, statfsSync } from 'node:fs';
import type { ProvidedContext } from 'vitest';
import { parseCLI, type Reporter, startVitest } from 'vitest/node';

/** Bytes: several times what a whole run needs at its fullest. */
const roomForScratch = 4 * 2 ** 30;

/** Whether scratch databases fit into a file system in memory. */
function fits(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= roomForScratch;
  } catch {
    return false;
  }
}

// The tests kill processes and never the machine: what they write need not reach a disk, and waiting for it is
// most of the time that making a database takes.
const memory = '/dev/shm';
if (process.env['TMPDIR'] === undefined && fits(memory)) process.env['TMPDIR'] = memory;

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
let notRun: ProvidedContext['notRun'] = [];
/** What the set-up found missing is forgotten once the run is over. */
const listener: Reporter = {
  onInit(run) {
    this.onTestRunEnd = () => {
      notRun = run.getRootProject().getProvidedContext().notRun ?? [];
    };
  },
};
const reporters = [options.reporters ?? 'default', listener].flat() as NonNullable<typeof options.reporters>;
const vitest = await startVitest('test', filter, { ...options, reporters, watch: false });
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const module of vitest.state.getTestModules())
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state !== 'pending') counts[state]++;
  }
const modules = vitest.state.getTestModules().filter((module) => module.state() === 'failed').length;
const errors = vitest.state.getUnhandledErrors().length;
await vitest.close();
// A file that does not load fails without any test of its own.
const failed = Math.max(counts.failed, modules) + errors;
if (failed > 0 || counts.passed === 0) process.exitCode = 1;
// Where everything must run, what cannot is a failure.
if (notRun.length > 0 && process.env['CI'] === 'true') process.exitCode = 1;
for (const { name, reason } of notRun) process.stdout.write(`\nnot run: ${name}: ${reason}`);
process.stdout.write(
  `\n${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`,
);
