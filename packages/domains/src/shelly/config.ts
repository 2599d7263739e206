// A device's configuration as it is kept: without what moves by itself, and with its secrets apart.

import { createHash } from 'node:crypto';
import { canonicalJson } from '@holdfast/core/sync';
import { clean, isRaw, type Raw } from '../decode.ts';

export interface DeviceConfig {
  readonly config: Raw;
  /** SHA-256 of the configuration; secrets are not in it, since short ones could be guessed from it. */
  readonly digest: string;
  /** JSON of the secret values by path, null where the device shows none. */
  readonly secrets: string | null;
}

export function deviceConfig(raw: Raw): DeviceConfig {
  const secrets: Record<string, unknown> = {};
  const config = withoutSecrets(clean(raw) as Raw, '', secrets);
  return {
    config,
    digest: createHash('sha256').update(canonicalJson(config)).digest('hex'),
    secrets: Object.keys(secrets).length === 0 ? null : canonicalJson(secrets),
  };
}

/** Names of leaves that hold secrets: access point keys, passwords, PINs, binding keys of sensors. */
const secretName = /^(pass|passwd|password|key|psk|pin|pin_code|secret|token|ha1)$/i;
/** A URL that carries a password. */
const secretUrl = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:[^/@\s]+@/i;

/** Does a leaf of this name hold a secret? */
export const isSecret = (name: string, value: unknown): boolean =>
  (typeof value === 'string' && value !== '' && (secretName.test(name) || secretUrl.test(value))) ||
  (typeof value === 'number' && secretName.test(name));

function withoutSecrets(object: Raw, at: string, secrets: Record<string, unknown>): Raw {
  const kept = Object.entries(object).flatMap(([name, value]): [string, unknown][] => {
    const path = at === '' ? name : `${at}.${name}`;
    if (isSecret(name, value)) {
      secrets[path] = value;
      return [];
    }
    return [[name, inner(value, name, path, secrets)]];
  });
  return Object.fromEntries(kept);
}

function inner(value: unknown, name: string, path: string, secrets: Record<string, unknown>): unknown {
  if (isRaw(value)) return withoutSecrets(value, path, secrets);
  if (!Array.isArray(value)) return value;
  return value.map((each: unknown, index) => {
    const place = `${path}.${index}`;
    if (!isSecret(name, each)) return inner(each, name, place, secrets);
    secrets[place] = each;
    return null;
  });
}
