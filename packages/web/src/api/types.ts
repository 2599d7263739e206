// What the API answers, as docs/reference/rest.md has it. Fields that no page shows are left out.

export type Role = 'viewer' | 'operator' | 'admin';
/** RFC 3339, UTC. */
export type When = string;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export interface Session {
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly displayName: string | null;
    readonly role: Role;
  };
  readonly role: Role;
  readonly expiresAt: When | null;
  readonly csrf: string | null;
  /** What comes after it is news to whoever reads once this is answered. */
  readonly lastEvent: string;
}

export type ColumnKind =
  | 'text'
  | 'int'
  | 'bigint'
  | 'real'
  | 'decimal'
  | 'bool'
  | 'instant'
  | 'date'
  | 'json'
  | 'bytes'
  | 'uuid'
  | 'enum';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
  readonly key: boolean;
  readonly metric: boolean;
  readonly series: boolean;
  readonly secret: boolean;
  readonly auto: boolean;
  readonly values?: readonly string[];
}

export interface Resource {
  readonly resource: string;
  readonly domain: string;
  readonly key: readonly string[];
  readonly summary: readonly string[];
  readonly columns: readonly Column[];
  readonly history: boolean;
  readonly editable: boolean;
  readonly managed: boolean;
  readonly records?: number;
  readonly absent?: number;
}

export interface RecordJson {
  readonly resource: string;
  readonly id: string;
  readonly [column: string]: unknown;
}

export interface RecordPage extends Page<RecordJson> {
  readonly total?: number;
  readonly asOf?: When;
  readonly gaps?: readonly Gap[];
}

export interface Gap {
  readonly table: string;
  readonly from: When;
  readonly until: When | null;
  readonly cause: string;
}

export interface FieldChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface Change {
  readonly resource: string;
  readonly id: string;
  readonly at: When;
  readonly change: 'created' | 'updated' | 'deleted' | 'discovered';
  readonly actor: string;
  readonly via: string;
  readonly source: string | null;
  readonly run?: string;
  readonly request?: string;
  readonly reason?: string;
  readonly fields: readonly FieldChange[];
}

export interface Series {
  readonly tier: string;
  readonly instants: readonly When[];
  readonly metrics: Readonly<Record<string, { readonly values: readonly (number | null)[] }>>;
}

export type Severity = 'critical' | 'warning' | 'info';

export interface Drift {
  readonly resource: string;
  readonly id: string;
  readonly source: string | null;
  readonly path: string;
  readonly type: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly category: string;
  readonly severity: Severity;
  readonly description: string;
  readonly suggestion: string | null;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  readonly occurrences: number;
  readonly firstSeen: When;
  readonly lastSeen: When;
}

export interface DriftRun {
  readonly id: string;
  readonly state: string;
  readonly startedAt: When;
  readonly finishedAt: When | null;
  readonly startedBy?: string;
  readonly checked: number;
  readonly inSync: number;
  readonly drifted: number;
  readonly acknowledged: number;
  readonly critical: number;
  readonly warning: number;
  readonly info: number;
}

export interface DriftSummary {
  readonly open: number;
  readonly acknowledged: number;
  readonly critical: number;
  readonly warning: number;
  readonly info: number;
  readonly records: number;
  readonly byResource: readonly { readonly resource: string; readonly open: number }[];
  readonly lastRun: DriftRun | null;
}

export interface Rule {
  readonly id: string;
  readonly kind: string;
  readonly resource: string | null;
  readonly record: string | null;
  readonly path: string;
  readonly reason: string | null;
  readonly setBy: string;
  readonly createdAt: When;
  readonly expiresAt: When | null;
}

export interface Desired {
  readonly desired: {
    readonly properties: Readonly<Record<string, unknown>>;
    readonly whole: boolean;
    readonly ignore: readonly string[];
    readonly setBy: string;
    readonly updatedAt: When;
  } | null;
  readonly items: readonly Drift[];
  readonly acknowledged: readonly Rule[];
}

export interface Source {
  readonly name: string;
  readonly domain: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly enabled: boolean;
  readonly createdAt: When;
  readonly lastRun: { readonly id: string; readonly startedAt: When; readonly outcome: string } | null;
  readonly incomplete: readonly { readonly scope: string; readonly code: string; readonly message: string }[];
  readonly held: readonly string[];
  readonly failing: boolean;
}

export interface SourceKind {
  readonly domain: string;
  readonly summary: string;
  readonly options: readonly SourceOption[];
}

export interface SourceOption {
  readonly name: string;
  readonly kind: 'text' | 'flag' | 'number';
  readonly secret: boolean;
  readonly required: boolean;
  readonly summary: string;
}

export interface SweepRun {
  readonly id: string;
  readonly startedAt: When;
  readonly finishedAt: When | null;
  readonly outcome: string;
}

export interface Overview {
  readonly sources: { readonly total: number; readonly failing: number; readonly neverRead: number };
  readonly drift: DriftSummary;
  readonly jobs: { readonly running: number; readonly queued: number; readonly failedToday: number };
  readonly backup: {
    readonly newest: Archive | null;
    readonly newestProven: Archive | null;
    readonly classes: readonly ClassState[];
  };
  readonly today: {
    readonly since: When;
    readonly created: number;
    readonly updated: number;
    readonly deleted: number;
  };
  readonly plans: { readonly open: number };
  readonly gaps: number;
  readonly records: number;
}

/** How far behind the database the archives of a data class are. */
export interface ClassState {
  readonly class: string;
  readonly newestAt: When | null;
  readonly behindMs: number | null;
  readonly provenAt: When | null;
  /** What the schedule allows; null: none is set. */
  readonly policyMs: number | null;
  readonly ok: boolean | null;
}

export interface Plan {
  readonly id: string;
  readonly kind: string;
  readonly hash: string;
  readonly title: string;
  readonly state: string;
  readonly steps: readonly { readonly id: string; readonly title: string }[];
  readonly hazards: readonly { readonly code: string; readonly severity: string; readonly what: string }[];
  readonly wayBack: unknown;
  readonly subject?: Readonly<Record<string, unknown>>;
  readonly createdAt: When;
  readonly expiresAt: When;
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';

export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly phase: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly progress: {
    readonly done: number | null;
    readonly total: number | null;
    readonly perSecond: number | null;
    readonly leftMs: number | null;
    readonly message: string | null;
  };
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: JobError | null;
  readonly requestedBy: string | null;
  readonly createdAt: When;
  readonly startedAt: When | null;
  readonly cancelRequestedAt: When | null;
  readonly finishedAt: When | null;
  readonly log?: readonly JobLine[];
}

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface JobLine {
  readonly line: number;
  readonly at: When;
  readonly level: string;
  readonly message: string;
}

export interface JobKind {
  readonly kind: string;
  readonly summary: string;
  readonly role: Role;
  readonly ownRoute: string | null;
}

export interface Schedule {
  readonly name: string;
  readonly kind: string;
  readonly cron: string;
  readonly timeZone: string | null;
  readonly enabled: boolean;
  readonly jitterMs: number;
  readonly params: Readonly<Record<string, unknown>> | null;
  readonly nextRunAt: When | null;
  readonly lastRunAt: When | null;
  readonly lastJob: string | null;
}

export interface Archive {
  readonly id: string;
  readonly type: 'full' | 'incremental' | 'differential' | 'segment';
  readonly base: string | null;
  readonly createdAt: When;
  readonly path: string;
  readonly there: boolean;
  readonly rows: number;
  readonly bytes: number;
  readonly engine: string;
  readonly encryption: string | null;
  readonly keyId: string | null;
  readonly proven: boolean;
  readonly proof: string;
  readonly provenAt: When | null;
  /** What it was limited to. */
  readonly selection: unknown;
  readonly pinned: boolean;
  readonly durationMs: number;
  readonly copies: readonly { readonly target: string; readonly stored: boolean }[];
}

export interface AuditEntry {
  readonly id: string;
  readonly at: When;
  readonly actor: string;
  readonly via: string;
  readonly action: string;
  readonly entity: string;
  readonly entityId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly details: unknown;
}

export interface User {
  readonly id: string;
  readonly username: string;
  readonly displayName: string | null;
  readonly role: Role;
  readonly enabled: boolean;
  readonly createdAt: When;
  readonly lastLoginAt: When | null;
}

export interface Token {
  readonly id: string;
  readonly kind: 'session' | 'token';
  readonly username: string;
  readonly label: string | null;
  readonly scopes: readonly string[] | null;
  readonly createdAt: When;
  readonly expiresAt: When | null;
  readonly lastUsedAt: When | null;
  readonly revokedAt: When | null;
  readonly token?: string;
}

export interface Setting {
  readonly name: string;
  readonly value: unknown;
  readonly default: unknown;
  readonly set: boolean;
  readonly summary: string;
}

export interface ServerFacts {
  readonly version: string;
  readonly engine: string;
  readonly location: string;
  readonly startedAt: When;
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null;
}

export interface Found {
  readonly resource: string;
  readonly id: string;
  readonly column: string;
  readonly value: unknown;
  readonly record: RecordJson;
}
