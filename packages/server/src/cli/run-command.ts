// From arguments to an exit code: global options, the verb, and one shape for every failure.

import { exits, HoldfastError, isHoldfastError, version } from '@holdfast/core';
import { Command, CommanderError, Option } from 'commander';
import { resolveGivenPaths } from './given-paths.ts';
import { Invocation, type Outcome, type Typed } from './invocation.ts';
import { printFailure } from './output.ts';
import type { Verb } from './verbs.ts';

/**
 * Runs the verb that the arguments name. Never throws.
 * @param typed of a command that a running server does for somebody
 * @returns the exit code
 */
export async function runCommand(
  argv: readonly string[],
  verbs: readonly Verb[],
  typed?: Typed,
): Promise<number> {
  const json = argv.includes('--json') || isOn(process.env['HOLDFAST_JSON']);
  const abort = new AbortController();
  const outcome: Outcome = { exit: exits.done };
  const stop = (): void => {
    // The second time the user means it.
    if (abort.signal.aborted) process.exit(exits.cancelled);
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  typed?.signal.addEventListener('abort', () => abort.abort());
  try {
    const program = await buildProgram(argv, verbs, { json, signal: abort.signal, outcome, typed });
    await program.parseAsync(argv, { from: 'user' });
    return outcome.exit;
  } catch (thrown) {
    if (thrown instanceof DoneElsewhere) return thrown.exit;
    const error = toError(thrown);
    if (error === undefined) return exits.done;
    printFailure(error, json);
    return isHoldfastError(error) ? error.exit : exits.unexpected;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** The running server did it. */
class DoneElsewhere extends Error {
  readonly exit: number;

  constructor(exit: number) {
    super();
    this.exit = exit;
  }
}

interface Surroundings {
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly outcome: Outcome;
  readonly typed: Typed | undefined;
}

async function buildProgram(
  argv: readonly string[],
  verbs: readonly Verb[],
  { typed, ...surroundings }: Surroundings,
): Promise<Command> {
  const program = new Command('holdfast')
    .description('The database under self-hosted control software')
    .addOption(
      new Option('--data <dir>', 'folder of the database and its key')
        .env('HOLDFAST_DATA')
        .default('./holdfast-data'),
    )
    .addOption(
      new Option(
        '--database <url>',
        'sqlite:PATH, postgres:// or mysql://USER@HOST/DATABASE (default: DATABASE_URL, else inside the data folder)',
      ).env('HOLDFAST_DATABASE'),
    )
    .addOption(new Option('--json', 'one JSON document on stdout').env('HOLDFAST_JSON'))
    .addOption(new Option('--yes', 'consent to what the command asks for').env('HOLDFAST_YES'))
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', exitHelp)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  const wanted = verbs.find((verb) => argv.includes(verb.name) && isVerb(argv, verb.name));
  const invocation = new Invocation(program, { ...surroundings, typed });
  program.hook('preAction', async (_, action) => {
    if (typed !== undefined) resolveGivenPaths(program, action, typed.cwd);
    else if (wanted !== undefined && writes(wanted, action)) {
      const exit = await (await import('../local/forward.ts')).forward(invocation, argv);
      if (exit !== undefined) throw new DoneElsewhere(exit);
    }
  });
  for (const verb of verbs) {
    const command = program.command(verb.name).description(verb.summary);
    inherit(command);
    if (verb === wanted) (await verb.load()).register(command, invocation);
    for (const inner of command.commands) inherit(inner);
  }
  return program;
}

/** Whether a command writes to the store, so that a running server is to do it. What is read from a pipe is read here. */
function writes({ name, writing }: Verb, action: Command): boolean {
  if (writing === undefined || Object.values(action.opts()).includes('-')) return false;
  if (writing === true) return true;
  const names: string[] = [];
  for (
    let command: Command | null = action;
    command !== null && command.name() !== name;
    command = command.parent
  )
    names.unshift(command.name());
  return writing.includes(names[0] ?? '');
}

/** The first word that is no option, nor the value of one, is the verb. */
function isVerb(argv: readonly string[], name: string): boolean {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!;
    if (word === '--data' || word === '--database') index++;
    else if (!word.startsWith('-')) return word === name;
  }
  return false;
}

const inherit = (command: Command): Command => command.configureOutput({ writeErr: () => {} }).exitOverride();

const isOn = (value: string | undefined): boolean =>
  value !== undefined && value !== '' && value !== '0' && value !== 'false';

/** What commander throws for `--help` is no failure; the rest of it is wrong usage. */
function toError(thrown: unknown): Error | undefined {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return undefined;
    // Without a verb commander prints help and calls it an error.
    if (thrown.code === 'commander.help') return new HoldfastError('USAGE', 'a verb is missing');
    return new HoldfastError('USAGE', thrown.message.replace(/^error: /, ''));
  }
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

const exitHelp = `
Exit status:
  0 done   1 unexpected failure   2 usage or configuration   3 refused   4 not found   5 integrity
  6 busy   7 partly done   8 wrong or missing key   9 cancelled`;
