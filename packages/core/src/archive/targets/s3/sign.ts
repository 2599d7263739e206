// AWS Signature Version 4 for one request. Our own, since signing is all that is needed of a library here: the usual
// client brings several hundred packages, and smaller ones work over `fetch`, which can neither time out while it sends nor
// show how far it is.

import { createHash, createHmac } from 'node:crypto';

export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
}

export interface Unsigned {
  readonly method: string;
  /** Host, with the port where it is not the usual one. */
  readonly host: string;
  /** Percent-encoded, as it is sent. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Lower hex SHA-256 of the body. */
  readonly bodyHash: string;
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** As the signature wants it: everything but letters, digits and `-._~` is encoded. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** The query in the order in which it is signed, and sent. */
export const canonicalQuery = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');

/** All headers to send. @param at milliseconds since the epoch */
export function sign(request: Unsigned, signer: Signer, at: number): Record<string, string> {
  const stamp = `${new Date(at).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  const scope = `${stamp.slice(0, 8)}/${signer.region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-content-sha256': request.bodyHash,
    'x-amz-date': stamp,
    ...(signer.sessionToken === undefined ? {} : { 'x-amz-security-token': signer.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const signed = names.join(';');
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${headers[name]!.trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    request.bodyHash,
  ].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer | string>((last, word) => hmac(last, word), `AWS4${signer.secretAccessKey}`);
  const signature = hmac(key as Buffer, ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n'));
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature.toString('hex')}`;
  return headers;
}
