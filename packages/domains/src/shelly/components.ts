// Components that people add (sensors, virtual switches): not in Shelly.GetConfig, but in pages of their own.

import { HoldfastError, isHoldfastError } from '@holdfast/core';
import { int, isRaw, type Raw } from '../decode.ts';
import { isUnsupported, type ShellyClient } from './client.ts';

export interface Components {
  readonly config: Record<string, unknown>;
  readonly status: Record<string, unknown>;
}

/** More pages than any device has components. */
const mostPages = 200;

/** @throws a SOURCE_ or RESPONSE_ error; firmware that does not know the question has no such components */
export async function addedComponents(client: ShellyClient): Promise<Components> {
  const found: Components = { config: {}, status: {} };
  try {
    let offset = 0;
    for (let page = 0; page < mostPages; page++) {
      const { components, total } = await client.call('Shelly.GetComponents', {
        offset,
        include: ['config', 'status'],
        dynamic_only: true,
      });
      if (!Array.isArray(components))
        throw new HoldfastError(
          'RESPONSE_UNEXPECTED',
          `Shelly.GetComponents at ${client.address} answers with no list`,
        );
      for (const each of components.filter(isRaw)) take(each, found);
      offset += components.length;
      if (components.length === 0 || offset >= (int(total) ?? 0)) break;
    }
  } catch (error) {
    if (!isUnknownMethod(error)) throw error;
  }
  return found;
}

function take({ key, config, status }: Raw, found: Components): void {
  if (typeof key !== 'string') return;
  if (isRaw(config)) found.config[key] = config;
  if (isRaw(status)) found.status[key] = status;
}

/** Older firmware says "no handler"; some refuses the parameters. */
function isUnknownMethod(error: unknown): boolean {
  if (isUnsupported(error)) return true;
  const status = Number(
    isHoldfastError(error) && error.code === 'SOURCE_FAILED' && error.details?.['status'],
  );
  return status !== 0 && status < 500 && status !== 429;
}
