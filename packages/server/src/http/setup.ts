// The first admin: only whoever reads the one-time token on the server becomes it.

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError, type Store } from '@holdfast/core';
import { appendAudit, createUser, users } from '@holdfast/core/system';

export interface FirstAdmin {
  readonly token: string;
  readonly username: string;
  readonly password: string;
  readonly displayName?: string | undefined;
}

export class Setup {
  readonly #store: Store;
  readonly #file: string;
  #done = false;

  constructor(store: Store, data: string) {
    this.#store = store;
    this.#file = join(data, 'setup-token');
  }

  /** Whether nobody can sign in as admin yet. Once false, it stays so for this process. */
  async needed(): Promise<boolean> {
    if (this.#done) return false;
    const count = await this.#store.repository(users).count({ role: 'admin', enabled: true });
    if (count > 0) this.#finish();
    return !this.#done;
  }

  /** As far as this process knows. */
  get done(): boolean {
    return this.#done;
  }

  /** The token, made with mode 0600 where there is none. Whoever starts later reads the same. */
  token(): string {
    if (!existsSync(this.#file)) {
      const token = randomBytes(24).toString('base64url');
      writeFileSync(this.#file, `${token}\n`, { mode: 0o600, flag: 'wx' });
      return token;
    }
    chmodSync(this.#file, 0o600);
    return readFileSync(this.#file, 'utf8').trim();
  }

  get file(): string {
    return this.#file;
  }

  /**
   * Makes the first admin, and uses the token up.
   * @returns the id. @throws SETUP_DONE, SETUP_TOKEN_WRONG, RECORD_INVALID
   */
  async claim({ token, ...admin }: FirstAdmin): Promise<string> {
    if (!(await this.needed()))
      throw new HoldfastError('SETUP_DONE', 'there is an admin already: sign in, or ask one for a user');
    const [given, own] = [Buffer.from(token), Buffer.from(this.token())];
    if (given.length !== own.length || !timingSafeEqual(given, own))
      throw new HoldfastError('SETUP_TOKEN_WRONG', 'this is not the token that the server printed');
    const { username, password, displayName } = admin;
    const id = await this.#store.transaction(async (transaction) => {
      if ((await transaction.repository(users).count({ role: 'admin', enabled: true })) > 0)
        throw new HoldfastError('SETUP_DONE', 'somebody else was first: there is an admin already');
      const made = await createUser(transaction, {
        ...{ username, password, role: 'admin' as const },
        ...(displayName === undefined ? {} : { displayName }),
      });
      const entry = { action: 'create', entity: 'user', entityId: made, after: { username, role: 'admin' } };
      await appendAudit(transaction, { name: username, via: 'setup' }, entry);
      return made;
    });
    this.#finish();
    return id;
  }

  #finish(): void {
    this.#done = true;
    rmSync(this.#file, { force: true });
  }
}
