// Sign-in as the firmware does it: basic for Gen1, digest for later ones, strict about its count from 2.0 on.

import { createHash, randomBytes } from 'node:crypto';
import type { Answer, Asked } from './answer.ts';
import { type Device, idOf } from './model.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
/** Requests that one nonce is good for. */
const usesOfNonce = 3;

interface Nonce {
  count: number;
  uses: number;
}

/** The sign-in of one device. */
export class Authentication {
  readonly #nonces = new Map<string, Nonce>();

  /** @returns the refusal, or undefined for whom it lets in */
  check(device: Device, asked: Asked): Answer | undefined {
    if (device.password === null) return undefined;
    return device.generation === 1 ? this.#basic(device, asked) : this.#digest(device, asked);
  }

  #basic({ password, model }: Device, { authorization }: Asked): Answer | undefined {
    const expected = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    if (authorization === expected) return undefined;
    return {
      status: 401,
      body: '401 Unauthorized',
      headers: { 'www-authenticate': `Basic realm="${model}"` },
    };
  }

  #digest(device: Device, asked: Asked): Answer | undefined {
    const strict = device.firmware.version.startsWith('2.');
    const given = new Map(
      [...(asked.authorization ?? '').matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(
        ([, name, quoted, plain]) => [name!, quoted ?? plain ?? ''] as const,
      ),
    );
    const nonce = this.#nonces.get(given.get('nonce') ?? '');
    if (nonce === undefined) return this.#challenge(device, strict, asked.authorization !== undefined);
    const count = Number.parseInt(given.get('nc') ?? '', 16);
    const inOrder = strict ? count === nonce.count + 1 : count > nonce.count;
    const realm = idOf(device);
    const response = hash(
      [
        hash(`admin:${realm}:${device.password}`),
        given.get('nonce'),
        given.get('nc'),
        given.get('cnonce'),
        'auth',
        hash(`${asked.method}:${asked.uri}`),
      ].join(':'),
    );
    const right =
      inOrder &&
      given.get('username') === 'admin' &&
      given.get('realm') === realm &&
      given.get('uri') === asked.uri &&
      given.get('response') === response &&
      (!strict || given.get('opaque') === '');
    if (!right) return this.#challenge(device, strict, false);
    if (++nonce.uses > usesOfNonce) return this.#challenge(device, strict, true);
    nonce.count = count;
    return undefined;
  }

  #challenge(device: Device, strict: boolean, stale: boolean): Answer {
    // Base64, so that it may end in "=".
    const nonce = randomBytes(16).toString('base64');
    this.#nonces.set(nonce, { count: 0, uses: 0 });
    const fields = [
      'qop="auth"',
      `realm="${idOf(device)}"`,
      `nonce="${nonce}"`,
      'algorithm=SHA-256',
      ...(strict ? ['opaque=""'] : []),
      ...(stale ? ['stale=true'] : []),
    ];
    return { status: 401, body: '', headers: { 'www-authenticate': `Digest ${fields.join(', ')}` } };
  }
}
