// Devices as observations: a scope for each one, and for addresses where one was expected.

import { HoldfastError } from '@holdfast/core';
import type { Observation, ObservedRow } from '@holdfast/core/sync';
import type { OneDevice } from './clones.ts';
import type { KnownDevice } from './known-devices.ts';
import type { DeviceRead } from './read-device.ts';
import { deviceConfigs, devices } from './tables.ts';

/** What a device answered, and whoever else claims to be it. */
export function deviceObservation(
  source: string,
  mac: string,
  { chosen, clones }: OneDevice,
  known: KnownDevice | undefined,
): Observation {
  const { row, error, address } = chosen;
  const rejected = [
    ...(chosen.rejected === undefined ? [] : [{ id: address, message: chosen.rejected }]),
    ...clones.map((clone) => ({
      id: clone.address,
      message: clone.rejected ?? `claims the MAC ${mac}, which is that of ${address}`,
    })),
  ];
  const config = configRow(source, mac, chosen, known);
  const batches =
    row === undefined
      ? []
      : [
          { table: devices, rows: [{ source, mac, address, ...row }] },
          ...(config === undefined ? [] : [{ table: deviceConfigs, rows: [config] }]),
        ];
  return { scope: `device/${mac}`, error, rejected, batches };
}

/** Only what is not stored yet: an equal digest is an equal configuration, and sealed secrets compare only opened. */
function configRow(
  source: string,
  mac: string,
  { config }: DeviceRead,
  known: KnownDevice | undefined,
): ObservedRow | undefined {
  if (config === undefined) return undefined;
  const { digest, secrets } = config;
  return {
    source,
    mac,
    configDigest: digest,
    ...(digest === known?.configDigest ? {} : { config: config.config }),
    ...(secrets === (known?.secrets ?? null) ? {} : { secrets }),
  };
}

/** A device that is stored and was not found: its record stays as it was. @param there what its address answered */
export function missingObservation(known: KnownDevice, there: DeviceRead | undefined): Observation {
  return { scope: `device/${known.mac}`, error: whyMissing(known, there), batches: [] };
}

function whyMissing({ mac, address, sleeps }: KnownDevice, there: DeviceRead | undefined): HoldfastError {
  if (there?.error !== undefined) {
    const silent = /^SOURCE_(UNREACHABLE|TIMEOUT|RESET)$/.test(there.error.code);
    if (!sleeps || !silent) return there.error;
    return new HoldfastError(
      'SOURCE_ASLEEP',
      `${mac} at ${address} does not answer: it sleeps between readings`,
    );
  }
  if (there === undefined)
    return new HoldfastError('SOURCE_NODE_OFFLINE', `${mac} has no known address, and nothing answers as it`);
  const now = there.mac === undefined ? 'something that says no MAC' : there.mac;
  return new HoldfastError(
    'SOURCE_NODE_OFFLINE',
    `${address} is ${now} now, and nothing else answers as ${mac}`,
  );
}

/** An address that is named itself and did not answer as a device; undefined where nothing was to be expected. */
export function addressObservation({
  target,
  address,
  error,
  rejected,
}: DeviceRead): Observation | undefined {
  const scope = `address/${address}`;
  if (rejected !== undefined) return { scope, rejected: [{ id: address, message: rejected }], batches: [] };
  return target.tried ? undefined : { scope, error, batches: [] };
}
