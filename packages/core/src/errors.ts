// The one error table: every failure a user can meet, with its exit code, HTTP status and next step.

/** Process exit codes. They are part of the command line's contract. */
export const exits = {
  done: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  integrity: 5,
  busy: 6,
  partly: 7,
  key: 8,
  cancelled: 9,
} as const;

interface ErrorEntry {
  /** HTTP status that the server answers with. */
  readonly status: number;
  readonly exit: number;
  /** The next thing to do, as a sentence or a command. */
  readonly hint: string;
}

const entry = (exit: keyof typeof exits, status: number, hint: string): ErrorEntry => ({
  exit: exits[exit],
  status,
  hint,
});

/** Code to status, exit and hint. The message is written where the error is raised: it names what and where. */
export const errorTable = {
  USAGE: entry('usage', 400, 'holdfast --help'),
  URL_INVALID: entry(
    'usage',
    400,
    'Write the database as sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE or mysql://USER:PASSWORD@HOST/DATABASE',
  ),
  SETTING_INVALID: entry('usage', 400, 'Correct the named setting; the message says which values it takes'),
  ENGINE_UNKNOWN: entry(
    'usage',
    400,
    'Write the database as sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE or mysql://USER:PASSWORD@HOST/DATABASE',
  ),
  DRIVER_MISSING: entry('usage', 500, 'Install the package that the message names'),
  SCHEMA_INVALID: entry('usage', 500, 'Correct the declaration of the named table'),
  QUERY_INVALID: entry('usage', 400, 'Use only declared columns, and operators that fit their kind'),
  CURSOR_INVALID: entry('usage', 400, 'Start again without a cursor, or keep order and filter unchanged'),
  RECORD_INVALID: entry('usage', 422, 'Correct the named column and try again'),
  HISTORY_NONE: entry('usage', 400, "Declare history: 'versions' for the table"),
  MOMENT_INVALID: entry('usage', 400, 'Give an instant between the beginning of the history and now'),
  VALUE_LOSSY: entry(
    'refused',
    409,
    'Restore to an engine that keeps them, or consent to the nearest values; a dry run names each',
  ),
  RECORD_NOT_FOUND: entry('notFound', 404, 'holdfast list RESOURCE shows the ids there are'),
  RESOURCE_UNKNOWN: entry('notFound', 404, 'holdfast status lists the resources there are'),
  CONFLICT: entry('refused', 409, 'A record with this key or unique value exists: update it, or upsert'),
  REFERENCE_MISSING: entry('refused', 409, 'Store the record that is referred to first'),
  REFERENCED: entry('refused', 409, 'Remove the records that refer to this one first'),
  CHECK_FAILED: entry('usage', 422, 'Correct the value that the named check refuses'),
  CONSENT_MISSING: entry('refused', 403, 'Repeat the command with --yes'),
  DATABASE_NOT_FOUND: entry(
    'notFound',
    404,
    'Check the path; a folder that does not exist is never made silently',
  ),
  DATABASE_FOREIGN: entry(
    'integrity',
    500,
    'Point --database at a Holdfast database, or at a path that does not exist yet',
  ),
  DATABASE_CORRUPT: entry(
    'integrity',
    500,
    'holdfast db check; keep the file as it is, and restore the newest proven backup',
  ),
  DATABASE_NEWER: entry(
    'refused',
    409,
    'Run the Holdfast that wrote it, or a newer one; the file was not touched',
  ),
  DATABASE_READ_ONLY: entry('refused', 409, 'Give the process the right to write the file and its folder'),
  DATABASE_AUTH: entry('refused', 500, 'Check user and password in the database URL'),
  DATABASE_FORBIDDEN: entry('refused', 500, 'holdfast doctor prints the GRANT for each missing right'),
  DATABASE_UNSUPPORTED: entry(
    'refused',
    500,
    'Use PostgreSQL 13, MariaDB 10.6, MySQL 8.0.19, or a newer one; docs/guides/engines.md says more',
  ),
  TRANSACTION_CONFLICT: entry('busy', 503, 'Other transactions kept changing the same records: try again'),
  DATABASE_BUSY: entry('busy', 503, 'Another process is writing: try again, or stop it'),
  POOL_EXHAUSTED: entry('busy', 503, 'Raise pool_max, or find the work that keeps its connections'),
  DATABASE_UNREACHABLE: entry('unexpected', 503, 'Check that the path or server is there and may be opened'),
  DATABASE_CLOSED: entry('unexpected', 503, 'Open the store again'),
  DATABASE_FAILED: entry('unexpected', 500, 'holdfast doctor'),
  DISK_FULL: entry('unexpected', 507, 'Make room on the disk, then repeat; nothing was half-written'),
  MIGRATION_CHANGED: entry(
    'integrity',
    500,
    'Run the release that applied this migration; an applied migration is never edited',
  ),
  SCHEMA_DRIFTED: entry('integrity', 500, 'holdfast doctor prints the statement that mends each difference'),
  DATA_UNSOUND: entry(
    'integrity',
    500,
    'Each finding names the fix; restore the newest proven backup where it says so',
  ),
  CANCELLED: entry('cancelled', 499, 'What was committed before stays; repeat the command to go on'),
  SECRET_KEY_MISSING: entry(
    'key',
    500,
    'Put back the key file beside the database, or enter the credentials again',
  ),
  SECRET_KEY_WRONG: entry(
    'key',
    500,
    'This key file does not belong to this database: put back the right one',
  ),
  SECRET_KEY_EXPOSED: entry('refused', 500, 'chmod 600 the key file'),
  LEASE_HELD: entry('busy', 409, 'Wait for its holder to finish, or for the lease to run out'),
  LEASE_LOST: entry('busy', 409, 'Stop: another process may have taken over; start the work again'),
  PLAN_NOT_FOUND: entry('notFound', 404, 'Make the plan again: it may have been pruned'),
  PLAN_KIND_UNKNOWN: entry('notFound', 404, 'Use the program, or the version of it, that made the plan'),
  PLAN_STALE: entry('refused', 409, 'Make the plan again and look at it: what it would do has changed'),
  PLAN_EXPIRED: entry('refused', 409, 'Make the plan again and look at it: it is too old to be applied'),
  PLAN_SETTLED: entry('refused', 409, 'Make a new plan; each is applied at most once'),
  PLAN_ALTERED: entry('integrity', 500, 'Make the plan again; the stored one is not what its hash says'),
  PLAN_REFUSED: entry('refused', 409, 'Each gate that refused names what mends it; then repeat'),
  PLAN_INTERRUPTED: entry('refused', 500, 'Make the plan again; nothing of the one broken off is left'),
  CONSENT_MISMATCH: entry('refused', 409, 'Look at the plan as it is now, and consent to that one'),
  CONSENT_EXPIRED: entry('refused', 403, 'Look at the plan again, and consent anew'),
  PROOF_FAILED: entry('integrity', 500, 'The message says what differs from the plan, and what became of it'),
  INTENT_UNFINISHED: entry('refused', 409, 'The next start brings it to an end, or says why it cannot'),
  INTENT_CORRUPT: entry('integrity', 500, 'The file was set aside with its bytes; holdfast db check'),
  JOB_NOT_FOUND: entry('notFound', 404, 'holdfast job list'),
  JOB_KIND_UNKNOWN: entry('notFound', 404, 'The message names the kinds there are'),
  JOB_OVER: entry('refused', 409, 'holdfast job show ID says how it ended'),
  JOB_CRASHED: entry('unexpected', 500, 'holdfast job show ID has its last lines; start the job again'),
  SCHEDULE_NOT_FOUND: entry('notFound', 404, 'The message names the schedules there are'),
  JOB_INTERRUPTED: entry('unexpected', 500, 'Start the job again; what it had committed stays'),
  DESIRED_INVALID: entry('usage', 422, 'Name only properties that can be wanted; the message lists them'),
  DESIRED_NOT_FOUND: entry('notFound', 404, 'holdfast drift set RESOURCE ID --from-actual'),
  ACTUAL_UNKNOWN: entry(
    'refused',
    409,
    'Take a record that is there, or say what it should be with PROPERTY=VALUE',
  ),
  DRIFT_NOT_FOUND: entry('notFound', 404, 'holdfast drift trends shows the differences there are'),
  SOURCE_EXISTS: entry('refused', 409, 'holdfast source remove NAME first, or choose another name'),
  SOURCE_NOT_FOUND: entry('notFound', 404, 'holdfast source list'),
  SOURCE_UNREACHABLE: entry('unexpected', 502, 'holdfast source test NAME; check address, port and firewall'),
  SOURCE_TIMEOUT: entry(
    'unexpected',
    504,
    'The next sweep tries again; raise --timeout if the system is merely slow',
  ),
  SOURCE_RESET: entry(
    'unexpected',
    502,
    'The next sweep tries again; see the log of the system that hung up',
  ),
  SOURCE_TLS: entry(
    'integrity',
    502,
    'Pin the certificate with --fingerprint, or use a certificate this machine trusts',
  ),
  SOURCE_FINGERPRINT: entry(
    'integrity',
    502,
    'Compare the fingerprint on the system itself; if it was renewed, add the source again with the new one',
  ),
  SOURCE_AUTH: entry(
    'refused',
    502,
    'Check the token or password; holdfast source remove NAME, then add it again',
  ),
  SOURCE_FORBIDDEN: entry(
    'refused',
    502,
    'Grant the named privilege (role PVEAuditor on / is enough) to the token and its user',
  ),
  SCOPE_FILTERED: entry(
    'refused',
    502,
    'On a node: pveum acl modify / --roles PVEAuditor --users USER@REALM --tokens USER@REALM!ID; nothing was called absent',
  ),
  SOURCE_NO_QUORUM: entry(
    'unexpected',
    502,
    'Bring back enough nodes: what a cluster without quorum does not show may still be there',
  ),
  SOURCE_UNSUPPORTED: entry('unexpected', 502, 'This version of the system does not have it; nothing to do'),
  SOURCE_NODE_OFFLINE: entry('unexpected', 502, 'Bring the node back; its records are kept as they were'),
  SOURCE_ASLEEP: entry(
    'unexpected',
    502,
    'It is read when a sweep meets it awake; press its button to wake it. Its record is kept as it was',
  ),
  SOURCE_FAILED: entry('unexpected', 502, 'See the log of the system; the next sweep tries again'),
  RESPONSE_NOT_JSON: entry(
    'unexpected',
    502,
    'Check that the endpoint is the API and not a proxy or login page',
  ),
  RESPONSE_TRUNCATED: entry(
    'unexpected',
    502,
    'The next sweep tries again; look for a proxy that cuts answers',
  ),
  RESPONSE_TOO_LARGE: entry(
    'unexpected',
    502,
    'Check that the endpoint is the API; nothing of this answer was stored',
  ),
  RESPONSE_UNEXPECTED: entry(
    'unexpected',
    502,
    'Report the version of the system; nothing of this answer was stored',
  ),
  RECORD_REJECTED: entry(
    'partly',
    422,
    'The other records are stored; the named ones cannot be kept as sent',
  ),
  SWEEP_INCOMPLETE: entry(
    'partly',
    207,
    'Each incomplete scope names its reason; what was answered is stored',
  ),
  SWEEP_HELD: entry(
    'partly',
    409,
    'Look at the plan; holdfast sync --accept PLAN writes it, and a sweep that finds less makes it void',
  ),
  ARCHIVE_NOT_FOUND: entry('notFound', 404, 'holdfast backup list shows the archives there are'),
  ARCHIVE_STREAM_UNKNOWN: entry('notFound', 404, 'holdfast backup show ARCHIVE lists what is in it'),
  ARCHIVE_EXISTS: entry('refused', 409, 'Choose another name; an archive is never overwritten'),
  ARCHIVE_FOREIGN: entry('integrity', 422, 'Name an archive that Holdfast wrote; this file is none'),
  ARCHIVE_NEWER: entry('refused', 409, 'Run the Holdfast that wrote it, or a newer one'),
  ARCHIVE_TRUNCATED: entry(
    'integrity',
    422,
    'Use another copy of the archive; holdfast backup show ARCHIVE --salvage prints what is whole of this one',
  ),
  ARCHIVE_CORRUPT: entry(
    'integrity',
    422,
    'Use another copy of the archive, or an earlier one; nothing of the damaged part was used',
  ),
  ARCHIVE_LIMIT: entry(
    'refused',
    422,
    'The message names the limit; an archive that Holdfast wrote keeps within it',
  ),
  ARCHIVE_KEY_MISSING: entry('key', 422, 'Give the passphrase, key file or private key of one of its slots'),
  ARCHIVE_KEY_WRONG: entry(
    'key',
    422,
    'holdfast backup show ARCHIVE names the keys that open it; nothing was read or written',
  ),
  TARGET_INVALID: entry(
    'usage',
    400,
    'Write the target as folder:/PATH, s3://BUCKET/PREFIX?endpoint=URL&region=REGION or sftp://USER@HOST:PORT/PATH',
  ),
  TARGET_UNKNOWN: entry('notFound', 404, 'holdfast backup target list shows the targets there are'),
  TARGET_CONFIGURED: entry('refused', 409, 'holdfast backup target remove NAME, or choose another name'),
  BACKUP_KEY_NONE: entry('refused', 409, 'holdfast backup key create --out FILE, then repeat'),
  TARGET_NAME: entry(
    'usage',
    400,
    'Letters, digits, dots, dashes and underscores make the name of an archive',
  ),
  TARGET_NOT_SET_UP: entry('refused', 409, 'Set the target up first: that puts its marker there'),
  TARGET_MISSING: entry('refused', 502, 'Mount or make it again, then repeat; nothing was written elsewhere'),
  TARGET_WRONG: entry('refused', 409, 'Mount the right one, or set the target up anew if it was replaced'),
  TARGET_NOT_FOUND: entry('notFound', 404, 'holdfast backup list shows the archives there are'),
  TARGET_EXISTS: entry('refused', 409, 'An archive is never overwritten: choose another name'),
  TARGET_TAKEN: entry('busy', 409, 'Another process goes on with this upload: leave it to that one'),
  TARGET_FULL: entry(
    'unexpected',
    507,
    'Make room on the target, then repeat: what is there already is kept',
  ),
  TARGET_READ_ONLY: entry('refused', 502, 'Mount the target with the right to write'),
  TARGET_AUTH: entry('refused', 502, 'Check user, password or key of the target'),
  TARGET_FORBIDDEN: entry('refused', 502, 'Grant the account of the target the right that the message names'),
  TARGET_CLOCK: entry('refused', 502, 'Set the clock of this machine or of the target: they differ too much'),
  TARGET_HOST_KEY: entry('integrity', 502, 'Compare the fingerprint on the server itself, then pin it'),
  TARGET_UNREACHABLE: entry(
    'unexpected',
    502,
    'Check address, port and network; repeating goes on with the upload',
  ),
  TARGET_CORRUPT: entry(
    'integrity',
    502,
    'What is stored is not what was sent: check the storage, then repeat',
  ),
  TARGET_FAILED: entry('unexpected', 502, 'The message has the answer of the target; see its log'),
  CHAIN_BROKEN: entry('integrity', 409, 'Bring back the named archive, or restore to a moment before it'),
  CHAIN_TIMELINE: entry(
    'refused',
    409,
    'Name the timeline to restore: a restored database goes on in a new one',
  ),
  CHAIN_BEFORE: entry('notFound', 404, 'Choose a moment at or after the first full archive'),
  CHAIN_AMBIGUOUS: entry('refused', 409, 'Name the archive to restore instead of a moment'),
  DOCUMENT_INVALID: entry('integrity', 422, 'The message says where; nothing of the document was stored'),
  DOCUMENT_VERSION: entry('refused', 422, 'Use a program that knows this version of the document'),
  DOCUMENT_CHECKSUM: entry(
    'integrity',
    422,
    'The document was changed or cut after it was written: fetch it again',
  ),
  DOCUMENT_TOO_LARGE: entry(
    'refused',
    413,
    'Look at where the document comes from: no honest one is like this',
  ),
  RESTORE_NOT_EMPTY: entry(
    'refused',
    409,
    'Restore beside it: --to sqlite:PATH of a new file, or a new database; or empty it first: holdfast db reset',
  ),
  RESTORE_UNFINISHED: entry('refused', 409, 'Repeat the restore: holdfast restore ARCHIVE; it begins again'),
  DATABASE_MOVED: entry(
    'refused',
    409,
    'Leave --database out, or name where it moved to; to use this one again as it was: holdfast move --reopen',
  ),
  MOVE_UNSETTLED: entry(
    'busy',
    409,
    'Try again when less is written, or stop what writes: nothing has moved',
  ),
  RESTORE_CONFLICT: entry(
    'refused',
    409,
    'Say what is to become of them: --conflict skip, overwrite, newer or merge',
  ),
  RESTORE_UNDATED: entry(
    'refused',
    409,
    'Leave these tables out with --only, or say --conflict skip, overwrite or merge',
  ),
  RESTORE_SCHEMA: entry(
    'refused',
    409,
    'Restore it into a new database, which is brought up: --to URL; or replace everything: --replace',
  ),
  REQUEST_INVALID: entry(
    'usage',
    400,
    'The message names the part of the request; docs/reference/rest.md has its shape',
  ),
  AUTH_REQUIRED: entry(
    'refused',
    401,
    'Sign in, or send a token: Authorization: Bearer TOKEN; holdfast token create makes one',
  ),
  SIGN_IN_FAILED: entry(
    'refused',
    401,
    'Check name and password; holdfast user password NAME sets a new one on the server',
  ),
  REDIS_LOST: entry('unexpected', 503, 'Start Redis again; meanwhile servers find out from the database'),
  OIDC_NONE: entry('notFound', 404, 'holdfast serve --oidc-issuer URL --oidc-client-id ID turns it on'),
  OIDC_FAILED: entry(
    'unexpected',
    502,
    'Sign in again; if it stays so, compare issuer, client and redirect URI with the provider',
  ),
  OIDC_REFUSED: entry('refused', 403, 'Give the account a group that --oidc-roles names, or ask an admin'),
  ROLE_TOO_LOW: entry('refused', 403, 'Ask an admin for the role, or use a token with the scope'),
  CSRF_REFUSED: entry(
    'refused',
    403,
    'Send the csrf of GET /api/v1/session as X-Holdfast-Csrf, from the same site',
  ),
  SETUP_NEEDED: entry(
    'refused',
    403,
    'Make the first admin on the machine itself; holdfast serve prints address and token',
  ),
  SETUP_TOKEN_WRONG: entry(
    'refused',
    403,
    'Read the file setup-token in the data folder, or what holdfast serve prints',
  ),
  SETUP_DONE: entry(
    'refused',
    409,
    'Sign in; holdfast user add NAME --role admin makes another admin on the server',
  ),
  ROUTE_UNKNOWN: entry('notFound', 404, 'docs/reference/rest.md lists the routes there are'),
  RECORD_CHANGED: entry('refused', 412, 'Read the record again, and repeat with its new ETag'),
  RECORD_OBSERVED: entry('refused', 409, 'Change it in its own system: the next sweep brings it here'),
  BODY_TOO_LARGE: entry('usage', 413, 'Send less at once'),
  BODY_KIND: entry(
    'usage',
    415,
    'Send JSON, with Content-Type: application/json; an upload is application/octet-stream',
  ),
  QUERY_TOO_LONG: entry(
    'unexpected',
    503,
    'Ask for less: a resource, filters, fewer columns to search, a smaller limit',
  ),
  IF_MATCH_MISSING: entry('usage', 428, 'Send the ETag of the record that was read as If-Match'),
  IDEMPOTENCY_UNKNOWN: entry('refused', 409, 'Look whether it was done; if not, repeat it with a new key'),
  IDEMPOTENCY_MISMATCH: entry('refused', 409, 'Use a new key for another request'),
  TOO_MANY_REQUESTS: entry('busy', 429, 'Wait as long as Retry-After says'),
  SHUTTING_DOWN: entry('busy', 503, 'The server is ending: try again in a moment'),
  ADDRESS_UNUSABLE: entry('usage', 500, 'Choose another --host or --port'),
  UI_NOT_BUILT: entry(
    'notFound',
    404,
    'npm run build -w packages/web builds the pages; the API answers under /api/v1',
  ),
  USER_NOT_FOUND: entry('notFound', 404, 'holdfast user list'),
  USER_EXISTS: entry('refused', 409, 'holdfast user list shows the names there are: choose another one'),
  PASSWORD_WEAK: entry('usage', 422, 'Use 10 to 1000 characters'),
  ADMIN_LAST: entry('refused', 409, 'Make another admin first: holdfast user add NAME --role admin'),
  TOKEN_NOT_FOUND: entry('notFound', 404, 'holdfast token list'),
  SETTING_UNKNOWN: entry('notFound', 404, 'GET /api/v1/settings lists the settings there are'),
  BUG: entry('unexpected', 500, 'Please report this with the stack below'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorOptions {
  /** Overrides the table's hint where a more exact command is known. */
  readonly hint?: string;
  readonly details?: Record<string, unknown>;
  readonly cause?: unknown;
}

/** A failure that a user can meet and act on. Anything else that is thrown is a bug. */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HoldfastError';
    this.code = code;
    this.hint = options.hint ?? errorTable[code].hint;
    this.details = options.details;
  }

  get exit(): number {
    return errorTable[this.code].exit;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  toJSON(): { code: ErrorCode; message: string; hint: string; details?: Record<string, unknown> } {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

/** True for errors of the table, also when two copies of this package are loaded. */
export const isHoldfastError = (error: unknown): error is HoldfastError =>
  error instanceof Error && error.name === 'HoldfastError' && 'code' in error;
