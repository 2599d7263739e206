// Errors of the server and of the connection, translated to the error table.

import { type ErrorCode, type ErrorOptions, HoldfastError, isHoldfastError } from '../../errors.ts';
import { movedTo } from '../freeze.ts';

/** Where an error happened, for its message and hint; never with a password. */
export interface Place {
  readonly location: string;
  readonly user: string;
  readonly database: string;
}

/** The part of the driver's errors that says what happened; the rest may hold values of records. */
interface ServerError extends Error {
  readonly code?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly detail?: string;
}

/** SQLSTATE codes, or their first two signs where the whole class means the same. */
const codes: Readonly<Record<string, ErrorCode>> = {
  '08': 'DATABASE_UNREACHABLE',
  '22': 'RECORD_INVALID',
  '23001': 'REFERENCE_MISSING',
  '23502': 'RECORD_INVALID',
  '23503': 'REFERENCE_MISSING',
  '23505': 'CONFLICT',
  '23514': 'CHECK_FAILED',
  '23P01': 'CONFLICT',
  '25006': 'DATABASE_READ_ONLY',
  '28': 'DATABASE_AUTH',
  '3D000': 'DATABASE_NOT_FOUND',
  '3F000': 'SCHEMA_DRIFTED',
  '40': 'TRANSACTION_CONFLICT',
  '42501': 'DATABASE_FORBIDDEN',
  '42703': 'SCHEMA_DRIFTED',
  '42P01': 'SCHEMA_DRIFTED',
  '53100': 'DISK_FULL',
  '53300': 'POOL_EXHAUSTED',
  '54': 'QUERY_INVALID',
  '55P03': 'DATABASE_BUSY',
  '57014': 'DATABASE_BUSY',
  '57P01': 'DATABASE_UNREACHABLE',
  '57P02': 'DATABASE_UNREACHABLE',
  '57P03': 'DATABASE_UNREACHABLE',
  '57P05': 'DATABASE_UNREACHABLE',
  XX001: 'DATABASE_CORRUPT',
  XX002: 'DATABASE_CORRUPT',
};

/** What sockets and the driver say when there is no server any more. */
const lost =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|The server does not support SSL|There was an error establishing an SSL|timeout expired|SASL|read E|write E)/;
const socket =
  /^(ECONN|EPIPE|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES|ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/;

/** A statement whose result has another shape since the schema was changed; prepared anew, it works. */
export const isStalePlan = (thrown: unknown): boolean =>
  (thrown as ServerError).code === '0A000' && /cached plan/.test((thrown as Error).message);

export const isDuplicateInBatch = (thrown: unknown): boolean => (thrown as ServerError).code === '21000';

/** Whether the connection is of no more use. */
export const isLost = (thrown: unknown): boolean =>
  thrown instanceof Error && codeOf(thrown as ServerError) === 'DATABASE_UNREACHABLE';

/** An error of the table for whatever the driver threw; errors of the table and bugs pass through. */
export function translate(thrown: unknown, place: Place): Error {
  if (isHoldfastError(thrown)) return thrown;
  const error = thrown as ServerError;
  const code = codeOf(error);
  if (code === undefined) return error;
  const moved = movedTo(error.message);
  if (moved !== undefined)
    return new HoldfastError('DATABASE_MOVED', `${place.location} has moved to ${moved}`, {
      cause: withoutValues(error),
    });
  const { message, hint } = words(code, error, place);
  const options: ErrorOptions = { cause: withoutValues(error), ...(hint === undefined ? {} : { hint }) };
  return new HoldfastError(code, message, options);
}

function codeOf(error: ServerError): ErrorCode | undefined {
  const { code = '', message } = error;
  if (isStalePlan(error)) return 'TRANSACTION_CONFLICT';
  if (/^SASL|password must be a string/i.test(message)) return 'DATABASE_AUTH';
  if (socket.test(code) || lost.test(message)) return 'DATABASE_UNREACHABLE';
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined;
  return codes[code] ?? codes[code.slice(0, 2)] ?? 'DATABASE_FAILED';
}

/** Details quote values, secret ones too. */
const withoutValues = ({ message, code }: ServerError): Error => Object.assign(new Error(message), { code });

function words(
  code: ErrorCode,
  error: ServerError,
  { location, user, database }: Place,
): { readonly message: string; readonly hint?: string } {
  const { message, constraint, table = '', column = '' } = error;
  switch (code) {
    case 'CONFLICT':
      return { message: `a record with the same value exists: ${columnsOf(error)}` };
    case 'REFERENCE_MISSING':
      return { message: 'a record that is referred to does not exist, or is still referred to' };
    case 'CHECK_FAILED':
      return { message: `CHECK constraint failed: ${constraint}` };
    case 'RECORD_INVALID':
      return { message: error.code === '23502' ? `NOT NULL constraint failed: ${table}.${column}` : message };
    case 'QUERY_INVALID':
      return { message, hint: 'Ask or store in smaller parts' };
    case 'DATABASE_UNREACHABLE':
      return { message: `${location} cannot be reached: ${message}`, ...reachHint(message) };
    case 'DATABASE_NOT_FOUND':
      return {
        message: `${location}: ${message}`,
        hint: `CREATE DATABASE ${quoted(database)} TEMPLATE template0 ENCODING 'UTF8';`,
      };
    case 'DATABASE_AUTH':
    case 'DATABASE_READ_ONLY':
    case 'DATABASE_BUSY':
    case 'POOL_EXHAUSTED':
      return { message: `${location}: ${message}` };
    case 'DATABASE_FORBIDDEN':
      return { message, ...grantHint(message, user, database) };
    case 'DISK_FULL':
      return { message: `the disk under ${location} is full` };
    default:
      return { message };
  }
}

const reachHint = (message: string): { readonly hint?: string } =>
  /SSL|certificate|TLS/i.test(message)
    ? { hint: 'Give sslrootcert=FILE, or sslmode=require or disable where the network between is trusted' }
    : {};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The statement that gives the missing right, where the message says which it is. */
function grantHint(message: string, user: string, database: string): { readonly hint?: string } {
  const [, kind, name = ''] =
    /permission denied for (table|schema|database|sequence) "?([^"]+)"?/.exec(message) ?? [];
  const to = `TO ${quoted(user)};`;
  if (kind === 'table') return { hint: `GRANT SELECT, INSERT, UPDATE, DELETE ON "${name}" ${to}` };
  if (kind === 'schema') return { hint: `GRANT USAGE, CREATE ON SCHEMA "${name}" ${to}` };
  if (kind === 'database') return { hint: `GRANT CREATE, TEMPORARY ON DATABASE "${name}" ${to}` };
  if (/temporary tables/.test(message))
    return { hint: `GRANT TEMPORARY ON DATABASE ${quoted(database)} ${to}` };
  const [, owned] = /must be owner of table "?([^"]+)"?/.exec(message) ?? [];
  return owned === undefined ? {} : { hint: `ALTER TABLE "${owned}" OWNER ${to}` };
}

/** The detail names the columns before it quotes their values, in whatever language. */
function columnsOf({ detail = '', table = '', constraint = '' }: ServerError): string {
  const [, columns] = /\((.*?)\)=\(/.exec(detail) ?? [];
  if (columns === undefined) return `${table} (${constraint})`;
  return columns
    .split(', ')
    .map((column) => `${table}.${column.replaceAll('"', '')}`)
    .join(', ');
}
