// The command line: one command from arguments to exit code.

import { runCommand } from './run-command.ts';
import { verbs } from './verbs.ts';

/** Runs one command. @returns the exit code */
export function main(argv: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return runCommand(argv, verbs);
}
