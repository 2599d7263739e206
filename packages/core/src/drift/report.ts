// What a run comes to: counts, health, risk, what is most common, and what to do first. Facts only.

import type { Instant } from '../schema/instant.ts';
import type { CheckedRecord, DriftStatus } from './check.ts';
import type { DriftCategory, DriftDifference, DriftSeverity } from './difference.ts';

export type DriftLevel = 'critical' | 'high' | 'medium' | 'low' | 'none';

export interface DriftTotals {
  /** Records of which something is wanted; the sum of the five below. */
  readonly checked: number;
  readonly inSync: number;
  readonly drifted: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly errored: number;
  /** Records of which nothing is wanted. */
  readonly unmanaged: number;
  /** Differences that are not acknowledged. */
  readonly critical: number;
  readonly warning: number;
  readonly info: number;
}

export interface CommonDrift {
  readonly path: string;
  readonly type: DriftDifference['type'];
  readonly records: number;
  /** Of the drifted records, 0 to 1. */
  readonly share: number;
}

export interface DriftedRecord {
  readonly resource: string;
  readonly id: string;
  readonly severity: DriftLevel;
  readonly critical: number;
  readonly warning: number;
  readonly info: number;
}

export interface Recommendation {
  readonly code: 'security' | 'network' | 'critical-records' | 'in-bulk' | 'unknown';
  readonly priority: 'high' | 'medium' | 'low';
  readonly text: string;
}

export interface DriftReport extends DriftTotals {
  /** 100 less 20 for each critical difference, 10 for each warning, 2 for each other one; at least 0. */
  readonly health: number;
  readonly risk: Exclude<DriftLevel, 'none'>;
  readonly byCategory: Readonly<Record<DriftCategory, number>>;
  readonly byResource: Readonly<
    Record<string, Pick<DriftTotals, 'checked' | 'inSync' | 'drifted' | 'unknown'>>
  >;
  /** At most ten. */
  readonly mostCommon: readonly CommonDrift[];
  /** Of unknown and errored records, how often each; at most twenty. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The drifted records that the run met first, at most a hundred. */
  readonly records: readonly DriftedRecord[];
  readonly recommendations: readonly Recommendation[];
  /** How old what was compared is: the oldest and newest confirmation by a sweep, and how many have none. */
  readonly confirmed: {
    readonly oldest: Instant | null;
    readonly newest: Instant | null;
    readonly never: number;
  };
}

type Counts = { -readonly [K in keyof DriftTotals]: DriftTotals[K] };
type BySeverity = Record<DriftSeverity, number>;

const noCounts = (): Counts => ({
  ...{ checked: 0, inSync: 0, drifted: 0, acknowledged: 0, unknown: 0, errored: 0, unmanaged: 0 },
  ...{ critical: 0, warning: 0, info: 0 },
});

/** Kinds of difference that are told apart; beyond them the rare ones give way. */
const mostKinds = 10_000;
const mostReasons = 20;
const mostRecords = 100;

const countOf = {
  in_sync: 'inSync',
  drifted: 'drifted',
  acknowledged: 'acknowledged',
  unknown: 'unknown',
  errored: 'errored',
} as const satisfies Record<DriftStatus, keyof DriftTotals>;

/** Adds records up as they come; its memory does not grow with them. */
export class Tally {
  readonly #counts = noCounts();
  readonly #byCategory = { security: 0, network: 0, device: 0, system: 0, metadata: 0 };
  readonly #byResource: Record<
    string,
    { checked: number; inSync: number; drifted: number; unknown: number }
  > = {};
  readonly #reasons: Record<string, number> = {};
  readonly #records: DriftedRecord[] = [];
  #kinds = new Map<string, number>();
  #criticalRecords = 0;
  #oldest: Instant | null = null;
  #newest: Instant | null = null;
  #never = 0;

  get totals(): DriftTotals {
    return { ...this.#counts };
  }

  unmanaged(count: number): void {
    this.#counts.unmanaged += count;
  }

  add(record: CheckedRecord): void {
    const { resource, status, reason, confirmedAt } = record;
    this.#counts.checked++;
    this.#counts[countOf[status]]++;
    this.#byResource[resource] ??= { checked: 0, inSync: 0, drifted: 0, unknown: 0 };
    const own = this.#byResource[resource];
    own.checked++;
    if (status === 'in_sync' || status === 'drifted' || status === 'unknown') own[countOf[status]]++;
    if (reason !== null && (reason in this.#reasons || Object.keys(this.#reasons).length < mostReasons))
      this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1;
    if (confirmedAt === null) this.#never++;
    else {
      this.#oldest = Math.min(this.#oldest ?? confirmedAt, confirmedAt);
      this.#newest = Math.max(this.#newest ?? confirmedAt, confirmedAt);
    }
    if (status === 'drifted') this.#addDrifted(record);
  }

  #addDrifted({ resource, id, differences }: CheckedRecord): void {
    const count: BySeverity = { critical: 0, warning: 0, info: 0 };
    for (const { path, type, category, severity, acknowledged } of differences) {
      if (acknowledged) continue;
      count[severity]++;
      this.#counts[severity]++;
      this.#byCategory[category]++;
      const kind = `${type} ${path}`;
      this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
      if (this.#kinds.size > mostKinds)
        this.#kinds = new Map(
          [...this.#kinds].sort((one, other) => other[1] - one[1]).slice(0, mostKinds / 2),
        );
    }
    if (count.critical > 0) this.#criticalRecords++;
    if (this.#records.length < mostRecords)
      this.#records.push({ resource, id, severity: severityOf(count), ...count });
  }

  report(): DriftReport {
    const counts = this.totals;
    const health = healthOf(counts);
    return {
      ...counts,
      health,
      risk: riskOf(counts, health),
      byCategory: { ...this.#byCategory },
      byResource: { ...this.#byResource },
      mostCommon: [...this.#kinds]
        .sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1))
        .slice(0, 10)
        .map(([kind, records]) => {
          const [type, ...path] = kind.split(' ');
          const share = Number((records / counts.drifted).toFixed(4));
          return { path: path.join(' '), type: type as CommonDrift['type'], records, share };
        }),
      reasons: { ...this.#reasons },
      records: [...this.#records],
      recommendations: this.#recommendations(),
      confirmed: { oldest: this.#oldest, newest: this.#newest, never: this.#never },
    };
  }

  #recommendations(): Recommendation[] {
    const { security, network } = this.#byCategory;
    const { drifted, unknown } = this.#counts;
    const all: (Recommendation & { readonly count: number })[] = [
      {
        count: security,
        code: 'security',
        priority: 'high',
        text: `${security} differences are about security: look at them first`,
      },
      {
        count: this.#criticalRecords,
        code: 'critical-records',
        priority: 'high',
        text: `${this.#criticalRecords} records have critical differences`,
      },
      {
        count: network,
        code: 'network',
        priority: 'medium',
        text: `${network} differences are about the network: set them back while the records can be reached`,
      },
      {
        count: drifted > 3 ? drifted : 0,
        code: 'in-bulk',
        priority: 'medium',
        text: `${drifted} records have drifted: what is common to them is best set back for all at once`,
      },
      {
        count: unknown,
        code: 'unknown',
        priority: 'low',
        text: `nobody can tell how ${unknown} records are: sync their sources`,
      },
    ];
    return all.filter(({ count }) => count > 0).map(({ count: _count, ...rest }) => rest);
  }
}

export const healthOf = ({ critical, warning, info }: Readonly<BySeverity>): number =>
  Math.max(0, 100 - 20 * critical - 10 * warning - 2 * info);

export function riskOf({ critical, warning }: Readonly<BySeverity>, health: number): DriftReport['risk'] {
  if (critical > 0) return 'critical';
  if (health < 50) return 'high';
  return warning > 0 || health < 80 ? 'medium' : 'low';
}

/** Of one record, by the differences that are not acknowledged. */
export function severityOf({ critical, warning, info }: Readonly<BySeverity>): DriftLevel {
  if (critical > 0) return 'critical';
  if (warning > 0) return warning > 3 ? 'high' : 'medium';
  return info > 0 ? 'low' : 'none';
}
