// Errors of the server and of the connection, translated to the error table.

import { type ErrorCode, type ErrorOptions, HoldfastError, isHoldfastError } from '../../errors.ts';
import { movedTo } from '../freeze.ts';

/** Where an error happened, for its message and hint; never with a password. */
export interface Place {
  readonly location: string;
  readonly user: string;
  readonly database: string;
  /** The account as grants name it, once the server has told. */
  account?: string;
}

/** What the driver throws. Messages of the server may quote values of records. */
interface ServerError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly fatal?: boolean;
}

/** It, and the statement that failed. */
type Failure = ServerError & { readonly sql: string };

/** Error numbers of the server; those from 1900 on are MariaDB's or MySQL's alone. */
const codes: Readonly<Record<number, ErrorCode>> = {
  1020: 'TRANSACTION_CONFLICT',
  1021: 'DISK_FULL',
  1022: 'CONFLICT',
  1034: 'DATABASE_CORRUPT',
  1035: 'DATABASE_CORRUPT',
  1036: 'DATABASE_READ_ONLY',
  1040: 'POOL_EXHAUSTED',
  1044: 'DATABASE_FORBIDDEN',
  1045: 'DATABASE_AUTH',
  1048: 'RECORD_INVALID',
  1049: 'DATABASE_NOT_FOUND',
  1053: 'DATABASE_UNREACHABLE',
  1054: 'SCHEMA_DRIFTED',
  1062: 'CONFLICT',
  1114: 'DISK_FULL',
  1142: 'DATABASE_FORBIDDEN',
  1143: 'DATABASE_FORBIDDEN',
  1146: 'SCHEMA_DRIFTED',
  1153: 'QUERY_INVALID',
  1169: 'CONFLICT',
  1194: 'DATABASE_CORRUPT',
  1203: 'POOL_EXHAUSTED',
  1205: 'DATABASE_BUSY',
  1213: 'TRANSACTION_CONFLICT',
  1216: 'REFERENCE_MISSING',
  1217: 'REFERENCE_MISSING',
  1226: 'POOL_EXHAUSTED',
  1227: 'DATABASE_FORBIDDEN',
  1264: 'RECORD_INVALID',
  1265: 'RECORD_INVALID',
  1290: 'DATABASE_READ_ONLY',
  1292: 'RECORD_INVALID',
  1317: 'DATABASE_BUSY',
  1364: 'RECORD_INVALID',
  1366: 'RECORD_INVALID',
  1390: 'QUERY_INVALID',
  1406: 'RECORD_INVALID',
  1419: 'DATABASE_FORBIDDEN',
  1436: 'QUERY_INVALID',
  1449: 'DATABASE_FORBIDDEN',
  1451: 'REFERENCE_MISSING',
  1452: 'REFERENCE_MISSING',
  // A deadlock over the numbers of a history table; the server names it like this.
  1467: 'TRANSACTION_CONFLICT',
  1615: 'TRANSACTION_CONFLICT',
  1698: 'DATABASE_AUTH',
  1792: 'DATABASE_READ_ONLY',
  1836: 'DATABASE_READ_ONLY',
  1927: 'DATABASE_UNREACHABLE',
  1969: 'DATABASE_BUSY',
  3024: 'DATABASE_BUSY',
  3819: 'CHECK_FAILED',
  4025: 'CHECK_FAILED',
  4031: 'DATABASE_UNREACHABLE',
};

/** A table, column, index, key or constraint is there that was to be made, or gone that was to be dropped. */
const doneAlready: ReadonlySet<number> = new Set([1050, 1051, 1060, 1061, 1068, 1091, 1826, 3822]);

/** Whether a change of the schema failed since it has been done before. */
export const isDoneAlready = (thrown: unknown): boolean =>
  thrown instanceof Error && doneAlready.has((thrown.cause as ServerError | undefined)?.errno ?? 0);

/** The transaction is gone with these, not only the statement. */
const undoing: ReadonlySet<number> = new Set([1020, 1213, 1467]);

const socket =
  /^(PROTOCOL_|ECONN|EPIPE|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|EACCES|ERR_TLS|ERR_SSL|ERR_STREAM|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|HANDSHAKE_)/;
const lost = /closed state|socket has been ended|Connection lost|SSL|certificate/i;

export const undoesTransaction = (thrown: unknown): boolean =>
  undoing.has((thrown as ServerError).errno ?? 0);

/** Whether the connection is of no more use. */
export const isLost = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  ((thrown as ServerError).fatal === true || codeOf(thrown as ServerError) === 'DATABASE_UNREACHABLE');

/** An error of the table for whatever the driver threw; errors of the table and bugs pass through. */
export function translate(thrown: unknown, place: Place, sql = ''): Error {
  if (isHoldfastError(thrown)) return thrown;
  const error: Failure = Object.assign(thrown as ServerError, { sql });
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

function codeOf(error: Partial<Failure> & ServerError): ErrorCode | undefined {
  const { code = '', errno = 0, message } = error;
  if (hitsAnotherRecord(error)) return 'CONFLICT';
  if (isStaleTrigger(error)) return 'TRANSACTION_CONFLICT';
  if (codes[errno] !== undefined) return codes[errno];
  if (socket.test(code) || lost.test(message)) return 'DATABASE_UNREACHABLE';
  if (/^AUTH_SWITCH|authentication/i.test(message)) return 'DATABASE_AUTH';
  return errno >= 1_000 && code.startsWith('ER_') ? 'DATABASE_FAILED' : undefined;
}

const ofTriggers = /\.(r|holdfast_moved_\w+|\w+_history)' doesn't exist$/;

/**
 * A statement that was prepared before a trigger was made, or dropped, may look for what that names, an alias or a table,
 * for as long as the connection lives; prepared anew, it works.
 */
export const isStaleTrigger = (thrown: unknown): boolean => {
  const { errno, message } = thrown as ServerError;
  return errno === 1146 && ofTriggers.test(message);
};

/** An upsert that would have changed another record: its statement sets the key to null there. */
const hitsAnotherRecord = ({ errno, sql = '' }: Partial<Failure>): boolean =>
  errno === 1048 && /, NULL\)/.test(sql) && sql.includes('ON DUPLICATE KEY UPDATE');

/** Messages quote values, secret ones too. */
const withoutValues = ({ message, code, errno }: ServerError): Error =>
  Object.assign(new Error(withoutValue(message)), { code, errno });

function words(
  code: ErrorCode,
  error: Failure,
  place: Place,
): { readonly message: string; readonly hint?: string } {
  const { message } = error;
  const { location, database } = place;
  switch (code) {
    case 'CONFLICT':
      return { message: `a record with the same value exists: ${tableOf(error)}${keyOf(error)}` };
    case 'REFERENCE_MISSING':
      return { message: 'a record that is referred to does not exist, or is still referred to' };
    case 'CHECK_FAILED':
      return { message: `CHECK constraint failed: ${checkOf(error)}` };
    case 'RECORD_INVALID':
      return { message: `${tableOf(error)}: ${withoutValue(message)}` };
    case 'QUERY_INVALID':
      return { message, hint: 'Ask or store in smaller parts, or raise max_allowed_packet on the server' };
    case 'DATABASE_UNREACHABLE':
      return { message: `${location} cannot be reached: ${message}`, hint: reachHint(message) };
    case 'DATABASE_AUTH':
    case 'DATABASE_NOT_FOUND':
    case 'POOL_EXHAUSTED':
      return { message: `${location}: ${message}`, ...createHint(code, database) };
    case 'DATABASE_READ_ONLY':
      return {
        message: `${location}: ${message}`,
        hint: 'Name the primary server in the URL, or SET GLOBAL read_only = OFF;',
      };
    case 'DATABASE_BUSY':
      return { message: `${location}: ${message}`, ...busyHint(error) };
    case 'DATABASE_FORBIDDEN':
      return { message, hint: grantHint(error, place) };
    case 'DISK_FULL':
      return { message: `the disk under ${location} is full` };
    default:
      return { message: withoutValue(message) };
  }
}

export const reachHint = (message = ''): string =>
  /SSL|certificate|TLS|secure connection/i.test(message)
    ? 'Give sslrootcert=FILE, or sslmode=require or disable where the network between is trusted'
    : 'Check that the server runs, and host and port in the URL: MySQL and MariaDB listen on 3306 by default';

const createHint = (code: ErrorCode, database: string): { readonly hint?: string } =>
  code === 'DATABASE_NOT_FOUND' ? { hint: `CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4;` } : {};

const busyHint = ({ errno }: ServerError): { readonly hint?: string } =>
  errno === 1969 || errno === 3024
    ? { hint: 'Ask for less at a time, or raise statement_timeout in the database URL' }
    : {};

/** The statement that gives the missing right, where the message says which it is. */
function grantHint({ errno, message }: ServerError, { account, user, database }: Place): string {
  if (errno === 1419) return 'SET GLOBAL log_bin_trust_function_creators = ON;';
  if (errno === 1449) return 'Make that account again, or drop the triggers it made, then holdfast db repair';
  // Only for a whole database does the server name the account; else it names where we come from.
  const [, named] = errno === 1044 ? (/user ('[^']*'@'[^']*')/.exec(message) ?? []) : [];
  const to = account ?? named ?? `'${user}'@'%'`;
  const [, global] = /you need \(at least one of\) the (.*) privilege/.exec(message) ?? [];
  if (global !== undefined) return `GRANT ${global.split(',')[0]} ON *.* TO ${to};`;
  const [, right = 'ALL'] = /^([A-Z][A-Z ,]*?) command denied/.exec(message) ?? [];
  return `GRANT ${right} ON \`${database}\`.* TO ${to};`;
}

/** The table that a statement writes to; the server names only the key. */
const tableOf = ({ sql }: Failure): string =>
  /^\s*(?:INSERT INTO|UPDATE|DELETE \w+ FROM|DELETE FROM)\s+`?([A-Za-z0-9_]+)/i.exec(sql)?.[1] ?? 'a table';

function keyOf({ message, errno }: ServerError): string {
  const [, key] = /for key '(?:[^'.]*\.)?([^']+)'$/.exec(message) ?? [];
  return errno === 1048 || key === undefined ? '' : ` (${key === 'PRIMARY' ? 'its key' : key})`;
}

const checkOf = ({ message }: ServerError): string =>
  /CONSTRAINT `([^`]+)`/.exec(message)?.[1] ?? /constraint '([^']+)'/.exec(message)?.[1] ?? message;

/** `Incorrect decimal value: '…' for column …`, `Duplicate entry '…' for key …` without what was given. */
const withoutValue = (message: string): string =>
  message
    .replace(/( value|^Duplicate entry):? '.*'(?= for (column|key)|$)/s, '$1')
    .replace(/(out of range in) '.*'$/s, '$1 an expression');
