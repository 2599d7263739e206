// Passphrases: argon2id, with parameters that are stored beside what they lock and checked before they are used.

import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { HoldfastError } from '../../errors.ts';

/** Parameters of argon2id as a slot stores them. */
export interface Kdf {
  readonly name: 'argon2id';
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  /** 16 bytes, base64. */
  readonly salt: string;
}

/** RFC 9106's second choice: 64 MiB, 3 passes, 4 lanes; a tenth of a second or two. */
export const defaultKdf = { memoryKiB: 64 * 1024, passes: 3, lanes: 4 } as const;

/** More than these is refused before any memory is taken. Work is memory times passes, of all slots together. */
export const kdfLimits = { memoryKiB: 1024 * 1024, passes: 16, lanes: 16, work: 4 * 1024 * 1024 } as const;

const derive = promisify(argon2);

/** Longest passphrase, in bytes of UTF-8. */
const longest = 4096;

/**
 * A passphrase, which derives each key once: the archives of a chain share a salt, so that opening all of them takes
 * one derivation. It never shows what it holds.
 */
export class PassphraseKey {
  readonly kind = 'passphrase';
  readonly #passphrase: Buffer;
  readonly #derived = new Map<string, Promise<Buffer>>();
  #kdf: Kdf | undefined;

  /**
   * @param passphrase compared in Unicode's composed form (NFC), so that it does not matter where it was typed
   * @throws SETTING_INVALID for one that is empty or longer than 4,096 bytes
   */
  constructor(passphrase: string) {
    this.#passphrase = Buffer.from(passphrase.normalize('NFC'));
    if (this.#passphrase.length === 0 || this.#passphrase.length > longest)
      throw new HoldfastError('SETTING_INVALID', `a passphrase has 1 to ${longest} bytes`);
  }

  /** The parameters with which this one locks: the same salt for as long as it lives. */
  lockingKdf(): Kdf {
    this.#kdf ??= { name: 'argon2id', ...defaultKdf, salt: randomBytes(16).toString('base64') };
    return this.#kdf;
  }

  /** 32 bytes. @throws ARCHIVE_LIMIT for parameters beyond what is reasonable */
  async derive(kdf: Kdf): Promise<Buffer> {
    checkKdfs([kdf]);
    const name = `${kdf.memoryKiB} ${kdf.passes} ${kdf.lanes} ${kdf.salt}`;
    let derived = this.#derived.get(name);
    if (derived === undefined) {
      derived = derive('argon2id', {
        message: this.#passphrase,
        nonce: Buffer.from(kdf.salt, 'base64'),
        memory: kdf.memoryKiB,
        passes: kdf.passes,
        parallelism: kdf.lanes,
        tagLength: 32,
      });
      this.#derived.set(name, derived);
      // Where there was no memory for it, there may be another time.
      derived.catch(() => this.#derived.delete(name));
    }
    return derived;
  }
}

/** Parameters that are each within their limit, and together within that of work. @throws ARCHIVE_LIMIT */
export function checkKdfs(all: readonly Kdf[]): void {
  let work = 0;
  for (const { memoryKiB, passes, lanes } of all) {
    for (const [name, value] of Object.entries({ memoryKiB, passes, lanes }))
      if (value > kdfLimits[name as 'memoryKiB' | 'passes' | 'lanes']) throw refused(`${name} ${value}`);
    work += memoryKiB * passes;
  }
  if (work > kdfLimits.work) throw refused(`memory times passes of ${work} KiB`);
}

const refused = (what: string): HoldfastError =>
  new HoldfastError(
    'ARCHIVE_LIMIT',
    `the archive wants its passphrase derived with ${what}, which is refused`,
  );
