// Password hashes: argon2id from Node's own crypto, kept as PHC strings that carry their parameters.

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);

/** 19 MiB, two passes, one lane: the floor that OWASP names, and light enough for a small board. */
const current = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;

/** Two spellings of the same characters are one password. */
const message = (password: string): Buffer => Buffer.from(password.normalize('NFKC'));

/** `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH` */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(saltBytes);
  const hash = await derive('argon2id', {
    message: message(password),
    nonce,
    tagLength: hashBytes,
    ...current,
  });
  const { memory, passes, parallelism } = current;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(hash)}`;
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

const pattern = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** @returns false for a wrong password, and for text that is no hash of this kind */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt, hash] = pattern.exec(phc) ?? [];
  if (hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const found = await derive('argon2id', {
    message: message(password),
    nonce: Buffer.from(salt!, 'base64'),
    tagLength: expected.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return timingSafeEqual(found, expected);
}
