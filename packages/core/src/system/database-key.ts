// The key of a database: all its secrets are sealed with one, and nothing is sealed before it is known to be that one.

import { existsSync } from 'node:fs';
import type { Engine, Session } from '../engine/engine.ts';
import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { SecretBox } from '../schema/codec.ts';
import type { Domain } from '../schema/domain.ts';
import { untilSettled } from '../store/until-settled.ts';
import { keyMark } from '../update/key-mark.ts';
import { migrationsTable } from '../update/migrations-table.ts';
import { recordMigration } from '../update/progress.ts';
import { type KeyBox, loadSecretKey, type SecretKey, secretBox, secretKeyId } from './secret-key.ts';

export class DatabaseKey implements SecretBox {
  readonly #engine: Engine;
  readonly #domains: readonly Domain[];
  readonly #keyFile: string | undefined;
  readonly #box: KeyBox;
  #asked = false;
  #settled = false;

  constructor(engine: Engine, domains: readonly Domain[], keyFile: string | undefined) {
    this.#engine = engine;
    this.#domains = domains;
    this.#keyFile = keyFile;
    this.#box = secretBox((create) => this.#load(create));
  }

  /** @throws USAGE before `ready` */
  seal(plain: string, place: string): string {
    if (!this.#asked)
      throw new HoldfastError(
        'USAGE',
        `${place} was to be sealed before the key was compared with the database's`,
        {
          hint: 'await store.secrets.ready() first',
        },
      );
    return this.#box.seal(plain, place);
  }

  /** @throws SECRET_KEY_MISSING, SECRET_KEY_WRONG, DATA_UNSOUND */
  open(sealed: string, place: string): string {
    return this.#box.open(sealed, place);
  }

  /**
   * To be awaited before something is sealed: asks the database once, with a read by key.
   * 1. A database that knows its key takes no other, as long as anything living is sealed with that one.
   * 2. One that knows none is looked through for sealed values, and remembers theirs.
   * 3. Where nothing is sealed, it remembers the key that is there, or else makes one.
   * What is remembered goes back with the transaction of the session.
   * @param session of what is written; by default one of its own, which waits for open transactions
   * @throws SECRET_KEY_MISSING and SECRET_KEY_WRONG naming both keys; then no key is made
   */
  async ready(session?: Session): Promise<void> {
    if (this.#settled) return;
    if (session === undefined) return untilSettled(() => this.#engine.autocommit((own) => this.ready(own)));
    const known = await this.#compare(session);
    const there = this.#there();
    if (known !== undefined && known === there) this.#settled = true;
    else await this.#remember(session, known, there ?? secretKeyId(this.#load(true)));
    this.#asked = true;
  }

  /** The refusals of `ready`, before work that would have to be taken back; nothing is remembered or made. */
  async check(): Promise<void> {
    await this.#engine.read((session) => this.#compare(session));
  }

  /** @returns the key that the database remembers */
  async #compare(session: Session): Promise<string | undefined> {
    const known = await this.#known(session);
    if (known !== undefined && known === this.#there()) return known;
    const used = await this.#used(session);
    // Looked for behind what is sealed: whoever sealed it meanwhile had made its key before.
    const there = this.#there();
    // Of a mark that nothing living bears out the key was lost, unless it is of what another program has sealed.
    if (known !== undefined && !used.has(known) && (await this.#isShared(session))) used.add(known);
    const wanted = [known, there].find((id) => id !== undefined && used.has(id)) ?? [...used][0];
    if (wanted !== undefined && wanted !== there) throw this.#refusal(wanted, there);
    return known;
  }

  #load(create: boolean): SecretKey {
    if (this.#keyFile !== undefined) return loadSecretKey(this.#keyFile, create);
    throw new HoldfastError('SECRET_KEY_MISSING', 'the store was opened without a key file');
  }

  #there(): string | undefined {
    // The one that is in use stays so when the file goes.
    if (this.#box.identity !== undefined) return this.#box.identity;
    const isThere = this.#keyFile !== undefined && existsSync(this.#keyFile);
    return isThere ? secretKeyId(this.#load(false)) : undefined;
  }

  async #known(session: Session): Promise<string | undefined> {
    const { quote, placeholder } = this.#engine.syntax;
    const sql = `SELECT checksum FROM ${quote(migrationsTable.name)} WHERE domain = ${placeholder(1)} AND id = ${placeholder(2)}`;
    const found = await session.get({ sql }, [keyMark.domain, keyMark.id]);
    return found && String(found[0]);
  }

  /** Identities of the keys of all that is sealed, histories left out: what has been says nothing of what is. */
  async #used(session: Session): Promise<Set<string>> {
    const { quote } = this.#engine.syntax;
    const used = new Set<string>();
    const specs = this.#domains.flatMap(({ tables }) => tables.map(({ spec }) => spec));
    for (const { name, columns, metrics } of specs)
      for (const [table, some] of [[name, columns] as const, [`${name}_latest`, metrics] as const])
        for (const column of some.filter(({ secret }) => secret)) {
          const sealed = quote(column.name);
          const sql = `SELECT DISTINCT substr(${sealed}, 4, 8) FROM ${quote(table)} WHERE ${sealed} IS NOT NULL`;
          for (const [id] of await session.all({ sql }, []))
            if (/^[0-9a-f]{8}$/.test(String(id))) used.add(String(id));
        }
    return used;
  }

  /** Whether another program has tables here, which nobody can look through. */
  async #isShared(session: Session): Promise<boolean> {
    const own = new Set<string>([keyMark.domain, ...this.#domains.map(({ name }) => name)]);
    const sql = `SELECT DISTINCT domain FROM ${this.#engine.syntax.quote(migrationsTable.name)}`;
    return (await session.all({ sql }, [])).some(([domain]) => !own.has(String(domain)));
  }

  /** Whoever loses against another process that remembers a key at the same time is run again, and asks anew. */
  async #remember(session: Session, known: string | undefined, identity: string): Promise<void> {
    const lost = (cause?: unknown): HoldfastError =>
      new HoldfastError('TRANSACTION_CONFLICT', 'another process has sealed a secret meanwhile', { cause });
    if (known === undefined) {
      const mark = { ...keyMark, checksum: identity };
      await recordMigration(session, this.#engine, mark, 'fail').catch((error: unknown) => {
        throw isHoldfastError(error) && error.code === 'CONFLICT' ? lost(error) : error;
      });
      return;
    }
    const { quote, placeholder } = this.#engine.syntax;
    const sql = `UPDATE ${quote(migrationsTable.name)} SET checksum = ${placeholder(1)} WHERE domain = ${placeholder(2)} AND id = ${placeholder(3)} AND checksum = ${placeholder(4)}`;
    const changed = await session.run({ sql }, [identity, keyMark.domain, keyMark.id, known]);
    if (changed === 0) throw lost();
  }

  #refusal(wanted: string, there: string | undefined): HoldfastError {
    const { location } = this.#engine;
    const path = this.#keyFile;
    const at = path === undefined ? 'beside the database, and name it' : `as ${path}`;
    const missing =
      path === undefined ? 'the store was opened without a key file' : `there is no key file at ${path}`;
    return new HoldfastError(
      there === undefined ? 'SECRET_KEY_MISSING' : 'SECRET_KEY_WRONG',
      `${location} holds secrets sealed with key ${wanted}; ${there === undefined ? missing : `${path} is key ${there}`}`,
      {
        hint: `Put key ${wanted} back ${at}; if it is lost, holdfast restore ARCHIVE --replace, or holdfast source remove NAME and enter it again`,
        details: { wanted, found: there ?? null },
      },
    );
  }
}
