// The Shelly collector: asks every address at the same time, then reports device by device.

import { HoldfastError, isHoldfastError } from '@holdfast/core';
import type { CollectContext, Collector, Observation } from '@holdfast/core/sync';
import { Questions } from '../ask.ts';
import { addressText, expandAddresses, readAddressFile, type Target } from './addresses.ts';
import { ShellyClient } from './client.ts';
import { sortOut } from './clones.ts';
import { type KnownDevice, knownDevices } from './known-devices.ts';
import { browse } from './mdns/browse.ts';
import { addressObservation, deviceObservation, missingObservation } from './observe-devices.ts';
import { type DeviceRead, readDevice } from './read-device.ts';
import type { ShellyCredentials, ShellySettings } from './settings.ts';

/** Addresses asked at the same time: a whole /24, since most of what is asked there never answers. */
const atOnce = 256;
/** Where only a range says that there might be a device, waiting for a connection ends early. */
const connectTimeoutMs = { tried: 2_000, named: 5_000 };
const defaultTimeoutMs = 10_000;
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

/** The configured addresses; a file that cannot be read any more leaves those it had. */
function listedTargets({ addresses, addressFile, fileAddresses = [] }: ShellySettings): {
  targets: Target[];
  problem: HoldfastError | undefined;
} {
  if (addressFile === undefined) return { targets: expandAddresses(addresses), problem: undefined };
  try {
    return { targets: expandAddresses([...addresses, ...readAddressFile(addressFile)]), problem: undefined };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    // A file that is gone says nothing new; one that cannot be understood does.
    const gone = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    return {
      targets: expandAddresses([...addresses, ...fileAddresses]),
      problem: gone ? undefined : error,
    };
  }
}

function* sourceObservations(
  { source }: CollectContext,
  problem: HoldfastError | undefined,
  mdnsError: HoldfastError | undefined,
): Generator<Observation> {
  const { addressFile, mdns } = source.settings as unknown as ShellySettings;
  if (addressFile !== undefined) yield { scope: 'addresses', error: problem, batches: [] };
  if (mdns === true) yield { scope: 'mdns', error: mdnsError, batches: [] };
}

interface Asked {
  readonly reads: readonly DeviceRead[];
  readonly mdnsError: HoldfastError | undefined;
}

/** Asks every address once, and what answers to mDNS as soon as it does. */
async function askAll(context: Omit<CollectContext, 'store'>, targets: readonly Target[]): Promise<Asked> {
  const { signal } = context;
  const settings = context.source.settings as unknown as ShellySettings;
  const { password } = context.credentials as ShellyCredentials;
  const questions = new Questions(context, atOnce);
  const asked = new Map<string, Promise<DeviceRead>>();
  const ask = (target: Target): void => {
    const address = addressText(target);
    if (asked.has(address)) return;
    const reading = questions.ask(async () => {
      const client = new ShellyClient({
        target,
        password,
        timeoutMs: settings.timeoutMs ?? defaultTimeoutMs,
        connectTimeoutMs: target.tried ? connectTimeoutMs.tried : connectTimeoutMs.named,
        signal,
      });
      try {
        return await readDevice(client, target);
      } finally {
        client.close();
      }
    });
    const read = reading.then(({ value, error }) => value ?? { target, address, error });
    // Awaited further down; until then a failure must not count as unhandled.
    read.catch(() => undefined);
    asked.set(address, read);
  };
  targets.forEach(ask);
  let mdnsError: HoldfastError | undefined;
  if (settings.mdns === true)
    mdnsError = await browse({ signal }, (place) => ask({ ...place, tried: true })).then(
      () => undefined,
      (error: unknown) => {
        if (isHoldfastError(error) && error.code === 'SOURCE_UNREACHABLE') return error;
        throw error;
      },
    );
  return { reads: await Promise.all(asked.values()), mdnsError };
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
