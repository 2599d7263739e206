// One run of a command: its global options, the store it works on, and how it ends.

import { hash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Domain, HoldfastError, isHoldfastError, openStore, type Store } from '@holdfast/core';
import type { Command } from 'commander';
import { replacingFile } from '../backups/replacing-file.ts';
import type { Question } from '../local/messages.ts';
import { sqliteFile } from '../local/served-file.ts';
import { databaseFromEnvironment } from './database.ts';
import { databaseUnderWay, movedDatabase } from './database-file.ts';
import { domains } from './domains.ts';
import { isInteractive, printable, printJson, printText } from './output.ts';
import { recoverPlans } from './plan-kinds.ts';
import { queryLogging } from './query-logging.ts';

/** Set by a verb that ends well but not fully. */
export interface Outcome {
  exit: number;
}

/** A command that a running server does for whoever typed it. */
export interface Typed {
  /** Where it was typed. */
  readonly cwd: string;
  readonly user: string;
  readonly ask: (question: Question) => Promise<string | boolean | null>;
  readonly signal: AbortSignal;
  /** The server brings this job to its end once the command is gone, and whoever typed it is told by the next one. */
  readonly handOver: (job: string) => void;
}

interface Globals {
  readonly data: string;
  readonly database?: string;
  readonly yes?: boolean;
}

export interface OpenOptions {
  /** Make the data folder and the database where there is none. */
  readonly create: boolean;
  /** Data folder to use unless one was given. */
  readonly data?: string;
  /** Another database than the one that was asked for; its key is that of the data folder. */
  readonly url?: string | undefined;
  /** Another key file than that of the data folder. */
  readonly keyFile?: string | undefined;
  /** Measure the queries, for `stats`. */
  readonly watched?: boolean;
}

export interface Place {
  readonly url: string;
  /** The data folder. */
  readonly folder: string;
  readonly keyFile: string;
  /** Folder. */
  readonly intents: string;
  /** Folder of archives, made when the first is written. */
  readonly backups: string;
  /** Of a server that tells others by it. */
  readonly redis?: string | undefined;
}

export class Invocation {
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly outcome: Outcome;
  readonly #program: Command;
  /** Everything that this call changes is credited to it. */
  readonly request = randomUUID();
  readonly user: string;
  readonly #ask: Typed['ask'];
  readonly #handOver: Typed['handOver'] | undefined;

  constructor(
    program: Command,
    options: {
      json: boolean;
      signal: AbortSignal;
      outcome: Outcome;
      typed?: Pick<Typed, 'user' | 'ask' | 'handOver'> | undefined;
    },
  ) {
    this.#program = program;
    this.user = options.typed?.user ?? userName();
    this.#handOver = options.typed?.handOver;
    this.#ask =
      options.typed?.ask ?? (async (question) => (await import('./questions.ts')).askHere(question));
    this.json = options.json;
    this.signal = options.signal;
    this.outcome = options.outcome;
  }

  get #globals(): Globals {
    return this.#program.opts() as Globals;
  }

  /** The URL that was asked for; undefined: a file in the data folder. */
  get database(): string | undefined {
    return this.#globals.database ?? databaseFromEnvironment();
  }

  /** The folder of database and key, made with mode 0700 where `create` says so. */
  dataFolder({ create, data }: OpenOptions): string {
    const given = this.#program.getOptionValueSource('data') !== 'default';
    // The key of a database that is elsewhere lies where later commands look for it.
    const folder = given || data === undefined || this.database !== undefined ? this.#globals.data : data;
    if (create) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
      } catch (cause) {
        throw new HoldfastError(
          'SETTING_INVALID',
          `the data folder ${folder} cannot be made: ${(cause as Error).message}`,
          {
            cause,
          },
        );
      }
    }
    return folder;
  }

  /** Where database, key and intents are. The URL may hold a password. */
  place(options: OpenOptions): Place {
    const folder = this.dataFolder(options);
    const intents = join(folder, 'intents');
    const { url } = options;
    return {
      url: url ?? this.database ?? movedDatabase(folder) ?? ownDatabase(folder),
      folder,
      keyFile: options.keyFile ?? join(folder, 'secret.key'),
      // What was broken off in one database is nothing that another can tell of.
      intents: url === undefined ? intents : join(intents, hash('sha256', url).slice(0, 12)),
      backups: join(folder, 'backups'),
    };
  }

  /** Whether a running server does this command, on the database that it serves. */
  serves(options: OpenOptions): boolean {
    if (this.#handOver === undefined) return false;
    return sqliteFile(this.place(options).url) === sqliteFile(this.place({ create: false }).url);
  }

  /** Only where `serves` says so. */
  handOver(job: string): void {
    this.#handOver?.(job);
  }

  /** What an earlier command was broken off in is brought to its end first. @throws every error of opening a store */
  async open(options: OpenOptions): Promise<Store> {
    const place = this.place(options);
    const { keyFile } = place;
    const onQuery = queryLogging() ?? (options.watched ? () => {} : undefined);
    const settings = {
      ...{ keyFile, domains: domains as readonly Domain[] },
      mustExist: !options.create,
      origin: { actor: this.user, via: 'cli', request: this.request },
      ...(onQuery === undefined ? {} : { onQuery }),
    };
    const opened = (url: string, more: { restoring?: boolean } = {}): Promise<Store> =>
      openStore({ ...settings, ...more, url });
    const store = await opened(place.url).catch((error: unknown) => {
      // Whoever sealed it died before the new place was the one to be opened.
      const next = options.url === undefined ? databaseUnderWay(place.folder) : undefined;
      if (next === undefined || !isHoldfastError(error) || error.code !== 'DATABASE_MOVED') throw error;
      return opened(next, { restoring: true });
    });
    const { recovered } = store.engine;
    if (recovered !== undefined) process.stderr.write(`${printable(recovered)}\n`);
    await tellLeftovers(store);
    try {
      await recoverPlans(store, place);
      await recoverReplacing(store, place.folder);
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  /** Runs `work` on the store and closes it. */
  async withStore<T>(options: OpenOptions, work: (store: Store) => Promise<T>): Promise<T> {
    await using store = await this.open(options);
    return await work(store);
  }

  /**
   * Asks before something that cannot be taken back.
   * @throws CONSENT_MISSING without --yes, where there is nobody to ask; CANCELLED when the answer is no
   */
  async consent(effect: string): Promise<void> {
    if (this.#globals.yes) return;
    if (this.json || !isInteractive()) throw new HoldfastError('CONSENT_MISSING', effect);
    const answer = await this.#ask({ kind: 'confirm', message: `${effect} Go on?` });
    if (answer !== true) throw new HoldfastError('CANCELLED', 'not done');
  }

  /** @throws USAGE where there is nobody to ask, CANCELLED */
  async password(): Promise<string> {
    if (!isInteractive())
      throw new HoldfastError('USAGE', 'a password is missing', { hint: '--password-file FILE' });
    const answer = await this.#ask({ kind: 'password', message: 'Password' });
    if (typeof answer !== 'string') throw new HoldfastError('CANCELLED', 'not done');
    return answer;
  }

  /** The result: JSON where it was asked for, else text. */
  print(json: unknown, text: () => string): void {
    if (this.json) printJson(json);
    else printText(text());
  }
}

/** What a server let change places before it died is told in the database that is there now. */
async function recoverReplacing(store: Store, folder: string): Promise<void> {
  if (!existsSync(join(folder, replacingFile))) return;
  // Loaded only here: hardly ever is one.
  const { tellReplaced } = await import('../backups/replace-served.ts');
  const told = await tellReplaced(store, folder);
  if (told !== undefined) process.stderr.write(`${printable(told)}\n`);
}

/** What a killed restore has left beside the database goes with the next command, whichever it is. */
async function tellLeftovers({ engine }: Store): Promise<void> {
  const tell = (line: string): void => void process.stderr.write(`${printable(line)}\n`);
  try {
    for (const name of await engine.removeLeftovers())
      tell(`removed ${name}: a scratch database that a killed process had left`);
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    tell(`what a killed process has left cannot be removed: ${error.message}`);
  }
}

/** The database of a data folder that has never moved. */
export const ownDatabase = (folder: string): string => `sqlite:${join(folder, 'holdfast.db')}`;

/** Who types; some accounts have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}
