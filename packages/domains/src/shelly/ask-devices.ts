// Asking many addresses at the same time, each for everything it has to say.

import { type HoldfastError, isHoldfastError } from '@holdfast/core';
import type { CollectContext } from '@holdfast/core/sync';
import { Questions } from '../ask.ts';
import { addressText, type Target } from './addresses.ts';
import { ShellyClient } from './client.ts';
import { browse } from './mdns/browse.ts';
import { type DeviceRead, readDevice } from './read-device.ts';
import type { ShellyCredentials, ShellySettings } from './settings.ts';

/** Addresses asked at the same time: a whole /24, since most of what is asked there never answers. */
const atOnce = 256;
/** Where only a range says that there might be a device, waiting for a connection ends early. */
const connectTimeoutMs = { tried: 2_000, named: 5_000 };
const defaultTimeoutMs = 10_000;

interface Asked {
  readonly reads: readonly DeviceRead[];
  readonly mdnsError: HoldfastError | undefined;
}

/** Asks every address once, and what answers to mDNS as soon as it does. */
export async function askAll(
  context: Omit<CollectContext, 'store'>,
  targets: readonly Target[],
): Promise<Asked> {
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
