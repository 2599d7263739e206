// Paths among the words of a command, as they are meant: from the folder in which it was typed.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';

/** Options whose value is a path. */
const isPath = (flags: string): boolean => /<(file|path|folder|dir)>/.test(flags);

const url = (text: string, cwd: string): string =>
  text.replace(
    /^(sqlite|file):(?!:memory:|\/)([^?]+)/i,
    (_, scheme, path) => `${scheme}:${resolve(cwd, path)}`,
  );

function meant(flags: string, text: string, cwd: string): string {
  if (isPath(flags)) return resolve(cwd, text);
  if (flags.includes('<url>')) return url(text, cwd);
  // As `--addresses 10.0.0.0/24,@FILE`.
  return flags.includes('<list>')
    ? text.replaceAll(/(^|,)@([^,]+)/g, (_, before, path) => `${before}@${resolve(cwd, path)}`)
    : text;
}

/** Makes them absolute, for a command that is done by a process that was started elsewhere. */
export function resolveGivenPaths(program: Command, action: Command, cwd: string): void {
  for (const command of [program, action])
    for (const option of command.options) {
      const name = option.attributeName();
      const value: unknown = command.getOptionValue(name);
      if (typeof value === 'string')
        command.setOptionValueWithSource(
          name,
          meant(option.flags, value, cwd),
          command.getOptionValueSource(name),
        );
    }
  action.registeredArguments.forEach((argument, index) => {
    const value: unknown = action.processedArgs[index];
    if (typeof value !== 'string') return;
    const path = resolve(cwd, value);
    if (argument.name() === 'archive' && existsSync(path)) action.processedArgs[index] = path;
    if (argument.name() === 'url') action.processedArgs[index] = url(value, cwd);
  });
}
