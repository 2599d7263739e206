// A drift difference: one leaf that is not as wanted, how much it matters, and what to do.

export const driftCategories = ['security', 'network', 'device', 'system', 'metadata'] as const;
export type DriftCategory = (typeof driftCategories)[number];

/** The gravest first. */
export const driftSeverities = ['critical', 'warning', 'info'] as const;
export type DriftSeverity = (typeof driftSeverities)[number];

export interface DriftDifference {
  /** From the record inwards, as `config.wifi.sta.ssid`; dots inside a name are escaped by a backslash. */
  readonly path: string;
  /** `added`: it is there and should not be; `removed`: it should be there and is not. */
  readonly type: 'added' | 'removed' | 'modified';
  /** null where nothing is wanted, and for secrets. */
  readonly expected: unknown;
  /** null where nothing is there, and for secrets. */
  readonly actual: unknown;
  /** The values are secrets: they are compared, and never shown. */
  readonly secret: boolean;
  readonly category: DriftCategory;
  readonly severity: DriftSeverity;
  readonly description: string;
  readonly suggestion: string;
}

type Told = Pick<DriftDifference, 'path' | 'type' | 'expected' | 'actual' | 'secret'>;

export function describe({ path, type, expected, actual, secret }: Told): string {
  if (secret) return `${path} is another secret than the wanted one`;
  if (type === 'added') return `${path} is ${shown(actual)}, and nothing is wanted`;
  if (type === 'removed') return `${path} is missing, wanted is ${shown(expected)}`;
  return `${path} is ${shown(actual)}, wanted is ${shown(expected)}`;
}

/** @param note what else there is to know before doing it */
export function suggest({ path, type, expected, secret }: Told, note?: string): string {
  const what =
    type === 'added'
      ? `Remove ${path}, or accept it`
      : `Set ${path} to ${secret ? 'the wanted secret' : shown(expected)}, or accept it as it is`;
  return note === undefined ? what : `${what}. ${note}`;
}

const longest = 80;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > longest ? `${text.slice(0, longest - 1).toWellFormed()}…` : text;
}
