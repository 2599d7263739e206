// Writing a response the way the product's web server does: its headers, its reason phrases, its closing after errors.
import type { ServerResponse } from 'node:http';

/** A response before it is sent. */
export interface Outgoing {
  status: number;
  reason: string;
  /** Null when there is no body at all: then neither length nor type is sent, and the connection closes. */
  body: Buffer | null;
  type: string;
  encoding?: 'gzip';
  /** Sent instead of what `body` would say; null leaves the length out. */
  length?: number | null;
  location?: string;
}

/** Content type of all API answers. */
export const jsonType = 'application/json;charset=UTF-8';

/** Reason phrase as one line that the protocol can carry. */
const phrase = (reason: string): string =>
  (/^[^\r\n]*/.exec(reason) as RegExpExecArray)[0].replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');

/** Sets status line and headers; the caller sends the body. `keep` says whether the connection may stay. */
export const writeHead = (res: ServerResponse, outgoing: Outgoing, keep: boolean): void => {
  const date = new Date().toUTCString();
  const length = outgoing.length === undefined ? outgoing.body?.length : outgoing.length;
  res.statusCode = outgoing.status;
  res.statusMessage = phrase(outgoing.reason);
  res.setHeader('Cache-Control', 'max-age=0');
  // The product closes the connection after every error.
  res.setHeader(
    'Connection',
    keep && outgoing.status < 400 && outgoing.body !== null ? 'Keep-Alive' : 'close',
  );
  res.setHeader('Date', date);
  res.setHeader('Pragma', 'no-cache');
  res.setHeader('Server', 'pve-api-daemon/3.0');
  if (outgoing.encoding !== undefined) res.setHeader('Content-Encoding', outgoing.encoding);
  if (length !== undefined && length !== null) res.setHeader('Content-Length', length);
  if (outgoing.body !== null) res.setHeader('Content-Type', outgoing.type);
  else {
    // Taking away what is not there keeps Node from adding a length of 0 or chunks: the end is the closing.
    res.removeHeader('Content-Length');
    res.removeHeader('Transfer-Encoding');
  }
  if (outgoing.location !== undefined) res.setHeader('Location', outgoing.location);
  res.setHeader('Expires', date);
};

/** Sends a whole response. */
export const sendResponse = (res: ServerResponse, outgoing: Outgoing, keep: boolean): void => {
  writeHead(res, outgoing, keep);
  if (outgoing.body === null) res.end();
  else res.end(outgoing.body);
};
