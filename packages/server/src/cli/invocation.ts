// One run of a command: its global options, the store it works on, and how it ends.

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Domain, HoldfastError, openStore, type Store } from '@holdfast/core';
import type { Command } from 'commander';
import { databaseFromEnvironment } from './database.ts';
import { domains } from './domains.ts';
import { isInteractive, printJson, printText } from './output.ts';
import { recoverPlans } from './plan-kinds.ts';
import { queryLogging } from './query-logging.ts';

/** Set by a verb that ends well but not fully. */
export interface Outcome {
  exit: number;
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
  /** Measure the queries, for `stats`. */
  readonly watched?: boolean;
}

export interface Place {
  readonly url: string;
  readonly keyFile: string;
  /** Folder. */
  readonly intents: string;
}

export class Invocation {
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly outcome: Outcome;
  readonly #program: Command;
  /** Everything that this call changes is credited to it. */
  readonly request = randomUUID();
  readonly user = userName();

  constructor(program: Command, options: { json: boolean; signal: AbortSignal; outcome: Outcome }) {
    this.#program = program;
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
    return {
      url: this.database ?? `sqlite:${join(folder, 'holdfast.db')}`,
      keyFile: join(folder, 'secret.key'),
      intents: join(folder, 'intents'),
    };
  }

  /** What an earlier command was broken off in is brought to its end first. @throws every error of opening a store */
  async open(options: OpenOptions): Promise<Store> {
    const { url, keyFile, intents } = this.place(options);
    const onQuery = queryLogging() ?? (options.watched ? () => {} : undefined);
    const store = await openStore({
      ...{ url, keyFile, domains: domains as readonly Domain[] },
      mustExist: !options.create,
      origin: { actor: this.user, via: 'cli', request: this.request },
      ...(onQuery === undefined ? {} : { onQuery }),
    });
    try {
      await recoverPlans(store, intents);
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
    const { confirm } = await import('@clack/prompts');
    const answer = await confirm({ message: `${effect} Go on?`, initialValue: false });
    if (answer !== true) throw new HoldfastError('CANCELLED', 'not done');
  }

  /** The result: JSON where it was asked for, else text. */
  print(json: unknown, text: () => string): void {
    if (this.json) printJson(json);
    else printText(text());
  }
}

/** Who types; some accounts have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}
