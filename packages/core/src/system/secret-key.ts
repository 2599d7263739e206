// The key file beside a database, and the sealing of secret columns under it (AES-256-GCM).

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { SecretBox } from '../schema/codec.ts';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** A key, with the path it came from for messages. */
export interface SecretKey {
  readonly bytes: Buffer;
  readonly origin: string;
}

/**
 * Reads the key file, or makes it with mode 0600 where there is none and `create` is true.
 * @throws SECRET_KEY_MISSING, SECRET_KEY_EXPOSED when others can read it, SECRET_KEY_WRONG when it is no key
 */
export function loadSecretKey(path: string, create: boolean): SecretKey {
  if (!existsSync(path)) {
    if (!create) throw new HoldfastError('SECRET_KEY_MISSING', `there is no key file at ${path}`);
    createKeyFile(path);
  }
  const { mode } = statSync(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new HoldfastError(
      'SECRET_KEY_EXPOSED',
      `${path} can be read by others (mode ${(mode & 0o777).toString(8)})`,
      {
        hint: `chmod 600 ${path}`,
      },
    );
  const bytes = Buffer.from(readKeyFile(path), 'base64');
  if (bytes.length !== keyBytes) throw new HoldfastError('SECRET_KEY_WRONG', `${path} does not hold a key`);
  return { bytes, origin: path };
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new HoldfastError('SECRET_KEY_MISSING', `the key file ${path} cannot be read`, { cause });
  }
}

/** The key is written whole under another name first: nobody ever reads half of it, nor finds an empty file. */
function createKeyFile(path: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = openSync(draft, 'wx', 0o600);
    try {
      writeSync(file, `${randomBytes(keyBytes).toString('base64')}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    giveName(draft, path);
  } catch (error) {
    // Another process was first; its key is as good.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new HoldfastError('SECRET_KEY_MISSING', `the key file ${path} cannot be made`, {
      hint: `Make room and give the process the right to write ${dirname(path)}`,
      cause: error,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * A key file for work that may yet be refused: the one that is there, or else a draft beside it that takes its name once the
 * work is kept. A key that others may have found is never removed.
 */
export function draftSecretKey(path: string): {
  /** What is sealed with meanwhile. */
  readonly path: string;
  /** @throws SECRET_KEY_WRONG where somebody else has made a key meanwhile */
  keep(): void;
  [Symbol.dispose](): void;
} {
  if (existsSync(path)) return { path, keep() {}, [Symbol.dispose]() {} };
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  return {
    path: draft,
    keep() {
      if (!existsSync(draft)) return;
      try {
        giveName(draft, path);
      } catch (cause) {
        throw new HoldfastError('SECRET_KEY_WRONG', `${path} was made by another process meanwhile`, {
          hint: 'Repeat: what is sealed is sealed with it then',
          cause,
        });
      }
    },
    [Symbol.dispose]() {
      rmSync(draft, { force: true });
    },
  };
}

function giveName(draft: string, path: string): void {
  linkSync(draft, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Short public name of a key, kept with every sealed value so that a wrong key is told at once. */
export const secretKeyId = ({ bytes }: SecretKey): string =>
  createHash('sha256').update('holdfast key id').update(bytes).digest('hex').slice(0, 8);

export interface KeyBox extends SecretBox {
  /** Public name of the key, once something was sealed or opened with it. */
  readonly identity: string | undefined;
}

/**
 * Seals as `v1.KEYID.BASE64(nonce, ciphertext, tag)`; the column's name is authenticated with it.
 * @param load is called when a secret is first met, so that a store without secrets needs no key; told to make one only for
 * what is sealed, since a new key opens nothing
 */
export function secretBox(load: (create: boolean) => SecretKey): KeyBox {
  let loaded: { key: SecretKey; id: string } | undefined;
  const current = (create: boolean): { key: SecretKey; id: string } => {
    if (loaded === undefined) {
      const key = load(create);
      loaded = { key, id: secretKeyId(key) };
    }
    return loaded;
  };
  return {
    get identity() {
      return loaded?.id;
    },
    seal(plain, place) {
      const { key, id } = current(true);
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([
        nonce,
        cipher.update(plain, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `v1.${id}.${sealed.toString('base64')}`;
    },
    open(sealed, place) {
      const { key, id } = current(false);
      const [, by, body] = /^v1\.([0-9a-f]{8})\.(.*)$/.exec(sealed) ?? [];
      if (body === undefined)
        throw new HoldfastError('DATA_UNSOUND', `${place} does not hold a sealed value`);
      if (by !== id)
        throw new HoldfastError(
          'SECRET_KEY_WRONG',
          `${place} was sealed with key ${by}; ${key.origin} is key ${id}`,
        );
      const bytes = Buffer.from(body, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        })
          .setAAD(Buffer.from(place))
          .setAuthTag(bytes.subarray(bytes.length - tagBytes));
        return (
          decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes), undefined, 'utf8') +
          decipher.final('utf8')
        );
      } catch (cause) {
        throw new HoldfastError('DATA_UNSOUND', `${place} holds a sealed value that was changed`, { cause });
      }
    },
  };
}
