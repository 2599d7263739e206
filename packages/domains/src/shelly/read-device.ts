// Everything one address answers: who it is, its configuration, its status.

import { HoldfastError, isHoldfastError } from '@holdfast/core';
import type { ObservedRow } from '@holdfast/core/sync';
import { type Raw, str } from '../decode.ts';
import type { Target } from './addresses.ts';
import { isUnsupported, type ShellyClient } from './client.ts';
import { addedComponents } from './components.ts';
import type { DeviceConfig } from './config.ts';
import { type DeviceAnswers, type Generation, generationOf, isShelly, otherMac } from './device-row.ts';
import { gen1 } from './gen1.ts';
import { gen2 } from './gen2.ts';
import { normaliseMac } from './mac.ts';

/** What came of asking an address. */
export interface DeviceRead {
  readonly target: Target;
  readonly address: string;
  /** Undefined where nothing answered, or nothing that is a device. */
  readonly mac?: string | undefined;
  readonly row?: ObservedRow;
  readonly config?: DeviceConfig;
  /** The addresses it says it has. */
  readonly own?: readonly string[];
  /** Why there is no device, or a part of its answers is missing. */
  readonly error?: HoldfastError | undefined;
  /** Why it cannot be kept, or only in part: it contradicts itself about who it is. */
  readonly rejected?: string;
}

/** Failures of the system become part of the result. @throws CANCELLED */
export async function readDevice(client: ShellyClient, target: Target): Promise<DeviceRead> {
  const { address } = client;
  let info: Raw;
  try {
    info = await identify(client);
  } catch (error) {
    return { target, address, error: failure(error) };
  }
  const mac = normaliseMac(info['mac']);
  if (mac === undefined) {
    const said = JSON.stringify(str(info['mac']) ?? null).slice(0, 60);
    return { target, address, rejected: `says that its MAC is ${said}, which is none` };
  }
  const generation = generationOf(info) === 1 ? gen1 : gen2;
  const { answers, error } = await (generation === gen1 ? askGen1 : askGen2)(client, info);
  const other = otherMac(mac, generation.macs(answers));
  if (other === undefined) return { target, address, mac, error, ...decoded(generation, answers) };
  // Whose settings these are, nobody knows: only what it says of itself in one breath is kept.
  const rejected = `says that its MAC is ${mac}, and elsewhere that it is ${other}`;
  return { target, address, mac, rejected, ...decoded(generation, { info }) };
}

function decoded(generation: Generation, answers: DeviceAnswers): Pick<DeviceRead, 'row' | 'config' | 'own'> {
  const { config, status } = answers;
  const own = status === undefined ? [] : generation.addresses(status).map(str);
  return {
    row: generation.row(answers),
    ...(config === undefined ? {} : { config: generation.config(config) }),
    own: own.filter((each): each is string => typeof each === 'string'),
  };
}

async function identify(client: ShellyClient): Promise<Raw> {
  let info: Raw;
  try {
    info = await client.open('/shelly');
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    info = await client.open('/rpc/Shelly.GetDeviceInfo');
  }
  if (isShelly(info)) return info;
  throw new HoldfastError(
    'RESPONSE_UNEXPECTED',
    `http://${client.address}/shelly is not the answer of a Shelly device`,
  );
}

interface Answered {
  readonly answers: DeviceAnswers;
  readonly error: HoldfastError | undefined;
}

async function askGen1(client: ShellyClient, info: Raw): Promise<Answered> {
  const [config, status] = await inTurn([() => client.get('/settings'), () => client.get('/status')]);
  return {
    answers: { info, config: config?.value, status: status?.value },
    error: config?.error ?? status?.error,
  };
}

async function askGen2(client: ShellyClient, info: Raw): Promise<Answered> {
  const [config, status, added] = await inTurn([
    () => client.call('Shelly.GetConfig'),
    () => client.call('Shelly.GetStatus'),
    async () => ({ ...(await addedComponents(client)) }),
  ]);
  const more = added?.value as Record<'config' | 'status', Raw> | undefined;
  return {
    answers: {
      info,
      // A configuration without its added components would look as if they had been removed.
      config: config?.value && more && { ...more.config, ...config.value },
      status: status?.value && { ...more?.status, ...status.value },
    },
    error: config?.error ?? status?.error ?? added?.error,
  };
}

interface Part {
  readonly value?: Raw;
  readonly error?: HoldfastError;
}

/** One after the other; after a failure that the next question would meet as well, nothing more is asked. */
async function inTurn(questions: readonly (() => Promise<Raw>)[]): Promise<(Part | undefined)[]> {
  const parts: Part[] = [];
  for (const question of questions) {
    try {
      parts.push({ value: await question() });
    } catch (thrown) {
      const error = failure(thrown);
      parts.push({ error });
      if (/^SOURCE_(AUTH|UNREACHABLE|TIMEOUT|RESET)$/.test(error.code)) break;
    }
  }
  return parts;
}

/** @throws whatever is no failure of the system */
function failure(error: unknown): HoldfastError {
  if (isHoldfastError(error) && /^(SOURCE|RESPONSE)_/.test(error.code)) return error;
  throw error;
}
