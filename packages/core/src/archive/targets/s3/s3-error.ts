// What an S3-compatible store answers, as an error of the table.

import { type ErrorCode, HoldfastError } from '../../../errors.ts';
import { text } from './xml.ts';

export interface Refusal {
  readonly status: number;
  /** The store's own word for it, where the answer has a body. */
  readonly code: string;
  readonly message: string;
}

const codes: Readonly<Record<string, ErrorCode>> = {
  NoSuchBucket: 'TARGET_MISSING',
  NoSuchKey: 'TARGET_NOT_FOUND',
  NoSuchUpload: 'TARGET_TAKEN',
  InvalidAccessKeyId: 'TARGET_AUTH',
  SignatureDoesNotMatch: 'TARGET_AUTH',
  InvalidToken: 'TARGET_AUTH',
  ExpiredToken: 'TARGET_AUTH',
  AuthorizationHeaderMalformed: 'TARGET_AUTH',
  AccessDenied: 'TARGET_FORBIDDEN',
  AllAccessDisabled: 'TARGET_FORBIDDEN',
  RequestTimeTooSkewed: 'TARGET_CLOCK',
  PreconditionFailed: 'TARGET_EXISTS',
  QuotaExceeded: 'TARGET_FULL',
  EntityTooLarge: 'TARGET_FULL',
  XMinioStorageFull: 'TARGET_FULL',
  BadDigest: 'TARGET_CORRUPT',
  XAmzContentSHA256Mismatch: 'TARGET_CORRUPT',
};

const statuses: Readonly<Record<number, ErrorCode>> = {
  401: 'TARGET_AUTH',
  403: 'TARGET_FORBIDDEN',
  404: 'TARGET_NOT_FOUND',
  412: 'TARGET_EXISTS',
  429: 'TARGET_UNREACHABLE',
  500: 'TARGET_UNREACHABLE',
  502: 'TARGET_UNREACHABLE',
  503: 'TARGET_UNREACHABLE',
  504: 'TARGET_UNREACHABLE',
  507: 'TARGET_FULL',
};

export const readRefusal = (status: number, body: string): Refusal => ({
  status,
  code: text(body, 'Code') ?? '',
  message: text(body, 'Message') ?? '',
});

/** Worth asking again: the store is busy, or broke down for a moment. */
export const isPassing = ({ status, code }: Refusal): boolean =>
  status >= 500 ? status !== 501 && status !== 507 : status === 408 || status === 429 || passing.has(code);

const passing = new Set([
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'OperationAborted',
]);

export function s3Error(what: string, refusal: Refusal): HoldfastError {
  const { status, code, message } = refusal;
  const known = codes[code] ?? statuses[status] ?? 'TARGET_FAILED';
  const said = [code, message].filter((word) => word !== '').join(': ');
  return new HoldfastError(known, `${what}: the store answers ${status}${said === '' ? '' : ` (${said})`}`, {
    ...hintFor(known, code),
    details: { status, code },
  });
}

function hintFor(known: ErrorCode, code: string): { hint?: string } {
  if (code === 'AuthorizationHeaderMalformed') return { hint: 'Give the region of the bucket with region=' };
  if (known === 'TARGET_MISSING')
    return { hint: 'Make the bucket, or correct its name; none is made silently' };
  if (known === 'TARGET_FORBIDDEN')
    return {
      hint: 'The key needs s3:ListBucket, GetObject, PutObject, DeleteObject and AbortMultipartUpload',
    };
  return {};
}
