// What a difference is about and how much it matters: by the names in its path, never by parts of them.

import type { LeafDifference } from './compare.ts';
import type { DriftCategory, DriftSeverity } from './difference.ts';
import { type PathPattern, pathPattern, type Segments } from './path.ts';

export interface DriftRule {
  /** A pattern of paths, as `config.net*`; what lies below it is meant too. */
  readonly path: string;
  readonly category: DriftCategory;
  readonly severity: DriftSeverity;
  /** What to know before setting it back, as that it needs a restart. */
  readonly note?: string;
}

export type Classification = Pick<DriftRule, 'category' | 'severity' | 'note'>;

interface WordRule {
  readonly words: string;
  readonly category: DriftCategory;
  readonly severity: DriftSeverity;
}

/** For paths that no rule of their resource names; the first row with a word of the path counts. */
export const defaultRules: readonly WordRule[] = [
  {
    words:
      'auth login password passwd pass user users secret key token pin tls ssl cert certificate ca fingerprint acl firewall unprivileged',
    category: 'security',
    severity: 'critical',
  },
  {
    words: 'ip ipv ssid gw gateway netmask dns nameserver nameservers address hostname host vlan bridge',
    category: 'network',
    severity: 'warning',
  },
  {
    words: 'wifi eth network net mqtt cloud coiot ble bluetooth ws websocket mdns port proxied ttl zone',
    category: 'network',
    severity: 'info',
  },
  {
    words:
      'relay relays switch dimmer light lights roller rollers cover input inputs output component components sensor script scripts schedule schedules cpu cores memory disk',
    category: 'device',
    severity: 'warning',
  },
  {
    words: 'metadata tag tags note notes description comment label labels',
    category: 'metadata',
    severity: 'info',
  },
  {
    words: 'sys system name timezone tz location lat lon lng debug sntp version firmware',
    category: 'system',
    severity: 'info',
  },
];

const byWord = new Map(
  defaultRules.flatMap((rule, row) => rule.words.split(' ').map((word) => [word, { rule, row }] as const)),
);

/** The rules of one resource, and behind them the default ones. */
export function classifier(rules: readonly DriftRule[]): (leaf: LeafDifference) => Classification {
  const own = rules.map((rule): [PathPattern, DriftRule] => [pathPattern(rule.path), rule]);
  return (leaf) => own.find(([pattern]) => pattern(leaf.segments, true))?.[1] ?? byWords(leaf);
}

function byWords({ segments, type }: LeafDifference): Classification {
  const known = wordsOf(segments).flatMap((word) => byWord.get(word) ?? []);
  const [first] = known.sort((one, other) => one.row - other.row);
  if (first !== undefined) return first.rule;
  return { category: 'system', severity: type === 'removed' ? 'warning' : 'info' };
}

/** `wifiSta`, `wifi_sta` and `wifi-sta1` are the words wifi and sta. */
const wordsOf = (segments: Segments): string[] =>
  segments.flatMap((segment) =>
    segment
      .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z]+/),
  );
