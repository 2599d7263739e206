// A store that speaks the part of S3 that targets use, in memory, and can be told to fail: what real ones answer is in
// `test/archive-targets`, with real ones.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Settings, TargetCredentials } from '../settings.ts';
import { encode, sha256, sign } from './sign.ts';

export interface Fault {
  /** Requests it concerns, as `PUT /bucket/a.sma?partNumber=1&…`. @default all */
  readonly of?: RegExp;
  /** How many of them. @default 1 */
  times?: number;
  readonly status?: number;
  readonly code?: string;
  /** In the place of what belongs to status and code. */
  readonly body?: string;
  /** The request is done, and its answer lost. */
  readonly after?: true;
  /** The connection ends behind so many bytes of the answer. */
  readonly cut?: number;
  /** No answer at all. */
  readonly silent?: true;
  /** Changes the headers of the answer. */
  readonly headers?: (headers: Record<string, string>) => void;
}

interface Stored {
  bytes: Buffer;
  etag: string;
  readonly at: string;
}

interface Begun {
  readonly key: string;
  readonly at: string;
  readonly parts: Map<number, Stored>;
}

export interface S3TestServer {
  readonly settings: S3Settings;
  readonly credentials: TargetCredentials;
  readonly objects: Map<string, Stored>;
  readonly uploads: Map<string, Begun>;
  readonly faults: Fault[];
  /** Method and path of every request. */
  readonly seen: string[];
  readonly how: {
    /** Entries of one page of a list. */
    page: number;
    /** Whether it says keys percent-encoded. */
    encodes: boolean;
    /** What it makes the ETag of bytes. */
    etag: (bytes: Buffer) => string;
    /** Whether it gives the range that is asked for. */
    ranges: boolean;
  };
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

const bucket = 'bucket';
const md5 = (bytes: Buffer | string): string => createHash('md5').update(bytes).digest('hex');
const refused = (status: number, code: string): Answer => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>it &lt;says&gt; no</Message></Error>`,
});

export async function s3TestServer(partSize = 100): Promise<S3TestServer> {
  const objects: S3TestServer['objects'] = new Map();
  const uploads: S3TestServer['uploads'] = new Map();
  const faults: Fault[] = [];
  const seen: string[] = [];
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'session' };
  const how: S3TestServer['how'] = { page: 2, encodes: true, etag: md5, ranges: true };
  let begun = 0;

  const entry = (key: string): string => (how.encodes ? encode(key).replaceAll('%20', '+') : key);
  const encoding = (): string => (how.encodes ? '<EncodingType>url</EncodingType>' : '');
  const store = (bytes: Buffer): Stored => ({
    bytes,
    etag: `"${how.etag(bytes)}"`,
    at: new Date().toISOString(),
  });

  function listObjects(query: URLSearchParams): Answer {
    const prefix = query.get('prefix')!;
    const after = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, how.page);
    const items = page.map((key) => {
      const { bytes, at } = objects.get(key)!;
      return `<Contents><Key>${entry(key)}</Key><Size>${bytes.length}</Size><LastModified>${at}</LastModified></Contents>`;
    });
    const more = keys.length > page.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return {
      status: 200,
      body: `<R xmlns="s3">${encoding()}<IsTruncated>${more}</IsTruncated>${next}${items.join('')}</R>`,
    };
  }

  function listUploads(query: URLSearchParams): Answer {
    const after = query.get('upload-id-marker') ?? '';
    const found = [...uploads].filter(([id, { key }]) => key.startsWith(query.get('prefix')!) && id > after);
    const page = found.slice(0, how.page);
    const items = page.map(
      ([id, { key, at }]) =>
        `<Upload><Key>${entry(key)}</Key><UploadId>${id}</UploadId><Initiated>${at}</Initiated></Upload>`,
    );
    const more = found.length > page.length;
    const [id, last] = page.at(-1) ?? [];
    const next = more
      ? `<NextKeyMarker>${entry(last!.key)}</NextKeyMarker><NextUploadIdMarker>${id}</NextUploadIdMarker>`
      : '';
    return {
      status: 200,
      body: `<R>${encoding()}<IsTruncated>${more}</IsTruncated>${next}${items.join('')}</R>`,
    };
  }

  function listParts({ parts }: Begun, query: URLSearchParams): Answer {
    const after = Number(query.get('part-number-marker') ?? 0);
    const found = [...parts].filter(([number]) => number > after);
    const page = found.slice(0, how.page);
    const items = page.map(
      ([number, { etag, bytes }]) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', '&quot;')}</ETag><Size>${bytes.length}</Size></Part>`,
    );
    const more = found.length > page.length;
    const next = more ? `<NextPartNumberMarker>${page.at(-1)![0]}</NextPartNumberMarker>` : '';
    return { status: 200, body: `<R><IsTruncated>${more}</IsTruncated>${next}${items.join('')}</R>` };
  }

  function complete(id: string, { key, parts }: Begun, onlyNew: boolean): Answer {
    if (onlyNew && objects.has(key)) return refused(412, 'PreconditionFailed');
    const all = [...parts.values()];
    const etags = Buffer.from(all.map(({ etag }) => etag.replaceAll('"', '')).join(''), 'hex');
    const etag = `"${md5(etags)}-${all.length}"`;
    objects.set(key, {
      bytes: Buffer.concat(all.map(({ bytes }) => bytes)),
      etag,
      at: new Date().toISOString(),
    });
    uploads.delete(id);
    return { status: 200, body: `<R><ETag>${etag}</ETag></R>` };
  }

  function ofUpload(
    method: string,
    id: string,
    query: URLSearchParams,
    body: Buffer,
    onlyNew: boolean,
  ): Answer {
    const upload = uploads.get(id);
    if (upload === undefined) return refused(404, 'NoSuchUpload');
    if (method === 'GET') return listParts(upload, query);
    if (method === 'POST') return complete(id, upload, onlyNew);
    if (method === 'DELETE') {
      uploads.delete(id);
      return { status: 204 };
    }
    const part = store(body);
    upload.parts.set(Number(query.get('partNumber')), part);
    return { status: 200, headers: { etag: part.etag } };
  }

  function get(key: string, { range, 'if-match': wanted }: IncomingMessage['headers']): Answer {
    const object = objects.get(key);
    if (object === undefined) return refused(404, 'NoSuchKey');
    const { bytes, etag } = object;
    if (wanted !== undefined && wanted !== etag) return refused(412, 'PreconditionFailed');
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (from === undefined || !how.ranges) return { status: 200, headers: { etag }, body: bytes };
    if (Number(from) >= bytes.length) return refused(416, 'InvalidRange');
    const part = bytes.subarray(Number(from), Number(to) + 1);
    return {
      status: 206,
      headers: { etag, 'content-range': `bytes ${from}-${to}/${bytes.length}` },
      body: part,
    };
  }

  function answerTo(asked: IncomingMessage, url: URL, body: Buffer): Answer {
    const [method, query, { headers }] = [asked.method!, url.searchParams, asked];
    const signer = { ...credentials, region: 'us-east-1' };
    const own = ['authorization', 'host', 'connection', 'content-length'];
    const signed = Object.entries(headers).filter(
      ([name]) => !own.includes(name) && !name.startsWith('x-amz-'),
    );
    const unsigned = {
      ...{
        method,
        host: headers.host!,
        path: url.pathname,
        query: Object.fromEntries(query),
        bodyHash: sha256(body),
      },
      headers: Object.fromEntries(signed) as Record<string, string>,
    };
    const stamp = String(headers['x-amz-date']);
    const at = Date.parse(stamp.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
    if (sign(unsigned, signer, at)['authorization'] !== headers.authorization)
      return refused(403, 'SignatureDoesNotMatch');
    const [, place, key = ''] = /^\/([^/]*)\/?(.*)$/.exec(decodeURIComponent(url.pathname))!;
    if (place !== bucket) return refused(404, 'NoSuchBucket');
    const onlyNew = headers['if-none-match'] === '*';
    const id = query.get('uploadId');
    if (id !== null) return ofUpload(method, id, query, body, onlyNew);
    if (method === 'GET')
      return key !== '' ? get(key, headers) : query.has('uploads') ? listUploads(query) : listObjects(query);
    if (method === 'POST') {
      const next = `upload-${String(++begun).padStart(4, '0')}`;
      uploads.set(next, { key, at: new Date().toISOString(), parts: new Map() });
      return { status: 200, body: `<R><UploadId>${next}</UploadId></R>` };
    }
    if (method === 'PUT') {
      if (onlyNew && objects.has(key)) return refused(412, 'PreconditionFailed');
      const object = store(body);
      objects.set(key, object);
      return { status: 200, headers: { etag: object.etag } };
    }
    const object = objects.get(key);
    if (object === undefined) return refused(404, 'NoSuchKey');
    if (method === 'DELETE') objects.delete(key);
    const { bytes, etag, at: stored } = object;
    const length = String(bytes.length);
    return method === 'DELETE'
      ? { status: 204 }
      : {
          status: 200,
          headers: { etag, 'content-length': length, 'last-modified': new Date(stored).toUTCString() },
        };
  }

  const send = (
    response: ServerResponse,
    asked: IncomingMessage,
    { status, headers = {}, body = '' }: Answer,
    fault?: Fault,
  ): void => {
    const told = { ...headers };
    const bytes = Buffer.from(body);
    if (asked.method !== 'HEAD') told['content-length'] ??= String(bytes.length);
    fault?.headers?.(told);
    response.writeHead(status, told);
    if (fault?.cut === undefined) {
      response.end(asked.method === 'HEAD' ? undefined : bytes);
      return;
    }
    response.write(bytes.subarray(0, fault.cut), () => setTimeout(() => response.destroy(), 10));
  };

  const server = createServer(async (asked, response) => {
    const what = `${asked.method} ${asked.url}`;
    seen.push(what);
    const chunks: Buffer[] = [];
    for await (const chunk of asked as AsyncIterable<Buffer>) chunks.push(chunk);
    const fault = faults.find(({ of, times = 1 }) => times > 0 && (of?.test(what) ?? true));
    if (fault !== undefined) fault.times = (fault.times ?? 1) - 1;
    if (fault?.silent) return;
    const staged =
      fault?.status === undefined
        ? undefined
        : fault.body === undefined
          ? refused(fault.status, fault.code ?? '')
          : { status: fault.status, body: fault.body };
    const url = new URL(asked.url!, 'http://127.0.0.1');
    const done =
      staged === undefined || fault?.after ? answerTo(asked, url, Buffer.concat(chunks)) : undefined;
    send(response, asked, staged ?? done!, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    settings: { kind: 's3', bucket, prefix: 'home', endpoint, region: 'us-east-1', partSize },
    ...{ credentials, objects, uploads, faults, seen, how },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
