// The Shelly collector: asks every address at the same time, then reports device by device.

import { HoldfastError } from '@holdfast/core';
import type { CollectContext, Collector, Observation } from '@holdfast/core/sync';
import { expandAddresses } from './addresses.ts';
import { askAll } from './ask-devices.ts';
import { sortOut } from './clones.ts';
import { type KnownDevice, knownDevices } from './known-devices.ts';
import { addressObservation, deviceObservation, missingObservation } from './observe-devices.ts';
import type { DeviceRead } from './read-device.ts';
import type { ShellySettings } from './settings.ts';
import { listedTargets } from './targets.ts';

/** Scopes reported together. */
const groupSize = 1_000;

export const shellyCollector: Collector = {
  domain: 'shelly',

  async *collect(context) {
    const source = context.source.name;
    const known = await knownDevices(context.store, source);
    const { targets, problem } = listedTargets(context.source.settings as unknown as ShellySettings);
    const stored = [...known.values()].flatMap(({ address }) =>
      address === null ? [] : expandAddresses([address]).map((target) => ({ ...target, tried: true })),
    );
    const { reads, mdnsError } = await askAll(context, [...targets, ...stored]);
    const observations = [...sourceObservations(context, problem, mdnsError)];
    for await (const observation of report(source, reads, known)) observations.push(observation);
    for (let start = 0; start < observations.length; start += groupSize)
      yield observations.slice(start, start + groupSize);
  },

  async test(context) {
    const { targets, problem } = listedTargets(context.source.settings as unknown as ShellySettings);
    if (problem !== undefined) throw problem;
    const { reads, mdnsError } = await askAll(context, targets);
    const found = reads.filter(({ mac }) => mac !== undefined);
    if (found.length === 0)
      throw (
        mdnsError ??
        reads.find(({ target, error }) => !target.tried && error !== undefined)?.error ??
        new HoldfastError('SOURCE_UNREACHABLE', 'no device answers at any of the addresses')
      );
    const failed = found.find(({ error }) => error !== undefined)?.error;
    if (failed !== undefined) throw failed;
    const silent = reads.filter(({ target, mac }) => mac === undefined && !target.tried);
    return { devices: new Set(found.map(({ mac }) => mac)).size, silent: silent.length };
  },
};

function* sourceObservations(
  { source }: CollectContext,
  problem: HoldfastError | undefined,
  mdnsError: HoldfastError | undefined,
): Generator<Observation> {
  const { addressFile, mdns } = source.settings as unknown as ShellySettings;
  if (addressFile !== undefined) yield { scope: 'addresses', error: problem, batches: [] };
  if (mdns === true) yield { scope: 'mdns', error: mdnsError, batches: [] };
}

/** A scope for each device that answered or is stored, and for each named address without one. */
async function* report(
  source: string,
  reads: readonly DeviceRead[],
  known: ReadonlyMap<string, KnownDevice>,
): AsyncGenerator<Observation> {
  const byAddress = new Map(reads.map((read) => [read.address, read]));
  const byMac = Map.groupBy(
    reads.filter(({ mac }) => mac !== undefined),
    ({ mac }) => mac!,
  );
  for (const [mac, several] of byMac) {
    const device = known.get(mac);
    const one =
      several.length === 1
        ? { chosen: several[0]!, clones: [] }
        : await sortOut(several, device?.address ?? null);
    yield deviceObservation(source, mac, one, device);
  }
  const accounted = new Set<string>();
  for (const device of known.values()) {
    if (byMac.has(device.mac)) continue;
    if (device.address !== null) accounted.add(device.address);
    yield missingObservation(device, byAddress.get(device.address ?? ''));
  }
  for (const read of reads) {
    if (read.mac !== undefined || (accounted.has(read.address) && read.rejected === undefined)) continue;
    const observation = addressObservation(read);
    if (observation !== undefined) yield observation;
  }
}
