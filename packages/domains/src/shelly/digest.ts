// Digest sign-in as devices of the second generation and later want it: RFC 7616 with SHA-256.

import { createHash, randomBytes } from 'node:crypto';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  /** Sent back as it came, also when it is empty; undefined when it was not sent. */
  readonly opaque: string | undefined;
  readonly algorithm: string;
  readonly stale: boolean;
}

/** The digest challenge among those of a WWW-Authenticate header, undefined where there is none. */
export function parseChallenge(header: string): Challenge | undefined {
  const start = /(?:^|,\s*)digest\s+/i.exec(header);
  if (start === null) return undefined;
  const fields = new Map<string, string>();
  // Values may hold "=" (nonces are base64) and commas, so pairs are told apart by their quotes.
  for (const [, name, quoted, plain] of header
    .slice(start.index + start[0].length)
    .matchAll(/([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*))/gi)) {
    const key = name!.toLowerCase();
    if (!fields.has(key)) fields.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '');
  }
  return {
    realm: fields.get('realm') ?? '',
    nonce: fields.get('nonce') ?? '',
    opaque: fields.get('opaque'),
    algorithm: fields.get('algorithm') ?? 'SHA-256',
    stale: fields.get('stale')?.toLowerCase() === 'true',
  };
}

const quote = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

/** Answers one challenge again and again. The count starts at 1 for each nonce: newer firmware insists on it. */
export class DigestSession {
  readonly #challenge: Challenge;
  readonly #secret: string;
  #count = 0;

  constructor(challenge: Challenge, user: string, password: string) {
    this.#challenge = challenge;
    this.#secret = hash(`${user}:${challenge.realm}:${password}`);
    this.user = user;
  }

  readonly user: string;

  /** The Authorization header of the next request. */
  header(method: string, uri: string): string {
    const { realm, nonce, opaque } = this.#challenge;
    const count = (++this.#count).toString(16).padStart(8, '0');
    const own = randomBytes(16).toString('hex');
    const response = hash([this.#secret, nonce, count, own, 'auth', hash(`${method}:${uri}`)].join(':'));
    const fields = [
      `username=${quote(this.user)}`,
      `realm=${quote(realm)}`,
      `nonce=${quote(nonce)}`,
      `uri=${quote(uri)}`,
      'algorithm=SHA-256',
      'qop=auth',
      `nc=${count}`,
      `cnonce="${own}"`,
      `response="${response}"`,
      ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ];
    return `Digest ${fields.join(', ')}`;
  }
}
