// What a device answered, and the record that comes of it: the parts that all generations share.

import type { ObservedRow } from '@holdfast/core/sync';
import { isRaw, type Raw } from '../decode.ts';
import type { DeviceConfig } from './config.ts';
import { normaliseMac } from './mac.ts';

/** The answers of one device; a part that it did not answer is undefined. */
export interface DeviceAnswers {
  /** `/shelly`, which needs no sign-in. */
  readonly info: Raw;
  /** `/settings`, or Shelly.GetConfig. */
  readonly config?: Raw | undefined;
  /** `/status`, or Shelly.GetStatus. */
  readonly status?: Raw | undefined;
}

/** Reads the answers of one generation. */
export interface Generation {
  /** The record; undefined for what was not answered. */
  row(answers: DeviceAnswers): ObservedRow;
  config(raw: Raw): DeviceConfig;
  /** Every other place where the device says its MAC. */
  macs(answers: DeviceAnswers): unknown[];
  /** The addresses it says it has, one for each interface. */
  addresses(status: Raw): unknown[];
}

/** Gen1 has no `gen`. */
export const generationOf = (info: Raw): number => {
  const gen = Number(info['gen'] ?? 1);
  return Number.isInteger(gen) && gen >= 1 && gen <= 99 ? gen : 2;
};

/** Does this answer come from a device of the family at all? */
export const isShelly = (info: Raw): boolean =>
  ['mac', 'type', 'model', 'gen', 'fw', 'fw_id', 'auth', 'auth_en'].filter((name) => name in info).length > 1;

/** A MAC that the device names elsewhere and that is another one, for the message. */
export function otherMac(mac: string, named: readonly unknown[]): string | undefined {
  return named.map(normaliseMac).find((each) => each !== undefined && each !== mac);
}

const version = /(?:^|\/)v?(\d+\.\d+[^\s/@]*?)(?:-g[0-9a-f]+)?(?:@.*)?$/;

/** The version inside a build id such as `20230913-112003/v1.14.0-gcb84623`, null where it says none. */
export const versionOf = (build: string | null | undefined): string | null | undefined =>
  typeof build === 'string' ? (version.exec(build.slice(0, 200))?.[1] ?? null) : build;

/** An object inside an answer, empty where there is none. */
export const part = (raw: Raw | undefined, name: string): Raw => {
  const inner = raw?.[name];
  return isRaw(inner) ? inner : {};
};

/** The objects of a list inside an answer. */
export const parts = (raw: Raw | undefined, name: string): Raw[] => {
  const list = raw?.[name];
  return Array.isArray(list) ? list.filter(isRaw) : [];
};
