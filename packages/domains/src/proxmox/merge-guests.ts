// One view of the guests from all lists: where each is, which list tells most, which incarnation it is.

import type { ObservedRow, Rejection } from '@holdfast/core/sync';
import type { Asked } from '../ask.ts';
import type { DecodedRows } from './decode-rows.ts';
import { type GuestConfig, type Identity, isAnother } from './guest-config.ts';
import type { GuestKind, GuestRow } from './guest-rows.ts';
import type { Destruction, KnownGuest } from './known-guests.ts';

/** A guest with what each list says of it. */
export interface SeenGuest {
  readonly vmid: number;
  readonly listed: GuestRow | undefined;
  readonly clustered: GuestRow | undefined;
}

export interface NodeGuests {
  readonly guests: Map<number, SeenGuest>;
  readonly rejected: Rejection[];
}

/** Guests by node, for the nodes whose list answered, and those that only the cluster's list shows. */
export interface MergedGuests {
  readonly byNode: Map<string, NodeGuests>;
  readonly others: SeenGuest[];
}

export function mergeGuests(
  lists: readonly { readonly node: string; readonly answer: Asked<DecodedRows<GuestRow>> }[],
  shown: readonly GuestRow[],
): MergedGuests {
  const clustered = new Map<number, GuestRow>();
  for (const row of shown) clustered.set(row.vmid, row);
  const byNode = new Map<string, NodeGuests>();
  const at = new Map<number, string>();
  for (const { node, answer } of lists) {
    if (answer.value === undefined) continue;
    const here: NodeGuests = { guests: new Map(), rejected: [...answer.value.rejected] };
    byNode.set(node, here);
    for (const listed of answer.value.rows) {
      const { vmid } = listed;
      if (here.guests.has(vmid)) {
        const message = 'the answer has this id twice; the first one counts';
        here.rejected.push({ id: `guest ${vmid} on ${node}`, message });
        continue;
      }
      // Between two answers a guest can migrate, and is then on both nodes.
      const before = at.get(vmid);
      if (before !== undefined) {
        if (clustered.get(vmid)?.node === before) continue;
        byNode.get(before)!.guests.delete(vmid);
      }
      at.set(vmid, node);
      here.guests.set(vmid, { vmid, listed, clustered: clustered.get(vmid) });
    }
  }
  const others: SeenGuest[] = [];
  for (const [vmid, row] of clustered)
    if (!at.has(vmid)) others.push({ vmid, listed: undefined, clustered: row });
  return { byNode, others };
}

/** Is it on another node than it was stored on? */
export const hasMoved = ({ known }: Pick<GuestContext, 'known'>, vmid: number, node: string): boolean =>
  (known.get(vmid)?.node ?? node) !== node;

/** What a guest's configuration request brought: undefined while it is the stored one. */
export type SeenConfig = GuestConfig | undefined;

export interface GuestContext {
  readonly source: string;
  readonly kind: GuestKind;
  readonly known: ReadonlyMap<number, KnownGuest>;
  readonly destroyed: ReadonlyMap<number, Destruction>;
  /** Nodes that the cluster knows to be down. */
  readonly offline: ReadonlySet<string>;
  /** Whether a guest without a pool is in none; else it may only be hidden. */
  readonly knowsPools: boolean;
}

/** The record of a guest as it was seen; what no list and no configuration told is undefined. */
export function guestRecord(
  { source, kind, known, destroyed, offline, knowsPools }: GuestContext,
  { vmid, listed, clustered }: SeenGuest,
  config: SeenConfig,
): ObservedRow & { readonly incarnation: number } {
  const main = (listed ?? clustered)!;
  const other = listed === undefined ? undefined : clustered;
  const before = known.get(vmid);
  const { incarnation, identity } = incarnationOf(before, config?.identity, destroyed.get(vmid));
  const haState = main.haState ?? other?.haState;
  // A node's list of machines always says 0 here: it does not ask the machine.
  const diskOf = (value: number | undefined): number | undefined =>
    kind === 'qemu' && value === 0 ? undefined : value;
  return {
    source,
    vmid,
    incarnation,
    node: main.node,
    name: main.name ?? other?.name ?? config?.name ?? undefined,
    status: offline.has(main.node) ? 'unknown' : (listed?.status ?? knownStatus(clustered)),
    template: main.template,
    cpuCores: main.cpuCores ?? other?.cpuCores,
    memoryBytes: main.memoryBytes ?? other?.memoryBytes,
    diskSize: main.diskSize ?? other?.diskSize,
    pool: clustered?.pool ?? (knowsPools ? clustered?.pool : undefined),
    tags: main.tags ?? other?.tags ?? config?.tags,
    haManaged: haState === undefined ? undefined : haState !== null,
    haState,
    lockStatus: main.lockStatus,
    osType: config?.osType,
    identity,
    config: config?.config,
    configDigest: config?.digest,
    // Of containers only; the table of machines has no such columns.
    hostname: config === undefined ? undefined : config.name,
    swapBytes: main.swapBytes,
    unprivileged: config?.unprivileged,
    osTemplate: config?.osTemplate,
    swapUsage: main.swapUsage,
    cpuUsage: main.cpuUsage,
    memoryUsage: main.memoryUsage,
    diskUsage: diskOf(main.diskUsage),
    networkIn: main.networkIn,
    networkOut: main.networkOut,
    diskRead: other?.diskRead ?? diskOf(main.diskRead),
    diskWrite: other?.diskWrite ?? diskOf(main.diskWrite),
    uptime: main.uptime,
    pid: main.pid,
    memoryHost: main.memoryHost,
    pressureCpuSome: main.pressureCpuSome,
    pressureCpuFull: main.pressureCpuFull,
    pressureIoSome: main.pressureIoSome,
    pressureIoFull: main.pressureIoFull,
    pressureMemorySome: main.pressureMemorySome,
    pressureMemoryFull: main.pressureMemoryFull,
    extra: main.extra,
  };
}

/**
 * What the cluster's list says of a guest whose node is up. `unknown` there only means that nobody gathered its
 * gauges, so what is stored stays. On a node that is down every guest is unknown, from the first sweep that sees the
 * node down: that list goes on telling its last status for minutes, and in between loses it.
 */
const knownStatus = (clustered: GuestRow | undefined): string | undefined =>
  clustered?.status === 'unknown' ? undefined : clustered?.status;

/** The identity is undefined where nothing new is known of it. */
function incarnationOf(
  before: KnownGuest | undefined,
  marks: Identity | undefined,
  destruction: Destruction | undefined,
): { incarnation: number; identity: Identity | undefined } {
  const fresh = (): Identity => ({
    ...marks,
    ...(destruction === undefined ? {} : { destroyed: destruction.upid }),
  });
  if (before === undefined) return { incarnation: 1, identity: unlessEmpty(fresh()) };
  // A deletion that the record has not outlived proves that this is another guest.
  const outlived = destruction === undefined || destruction.startTime <= before.createdAt;
  if (marks === undefined && outlived) return { incarnation: before.incarnation, identity: undefined };
  const known = JSON.parse(before.identity ?? '{}') as Identity;
  if ((!outlived && destruction.upid !== known.destroyed) || isAnother(known, marks ?? {}))
    return { incarnation: before.incarnation + 1, identity: fresh() };
  return {
    incarnation: before.incarnation,
    identity: unlessEmpty({ ...known, ...marks }),
  };
}

const unlessEmpty = (identity: Identity): Identity | undefined =>
  Object.keys(identity).length > 0 ? identity : undefined;
