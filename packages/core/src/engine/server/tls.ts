// How a connection is encrypted, and whose certificate is trusted.

import { readFileSync } from 'node:fs';
import { HoldfastError } from '../../errors.ts';

export interface TlsSettings {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Given where the name in the certificate does not count. */
  readonly checkServerIdentity?: () => undefined;
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|\/.*)$/;

/** Without `sslmode`, a server elsewhere must prove who it is; one on this machine need not encrypt. */
export function parseTls(settings: ReadonlyMap<string, string>, host: string): TlsSettings | false {
  const mode = settings.get('sslmode') ?? (loopback.test(host) ? 'disable' : 'verify-full');
  const file = (name: string): string | undefined => {
    const path = settings.get(name);
    try {
      return path === undefined ? undefined : readFileSync(path, 'utf8');
    } catch (cause) {
      throw new HoldfastError('SETTING_INVALID', `${name}=${path} cannot be read`, { cause });
    }
  };
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map(file);
  const files = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  switch (mode) {
    case 'disable':
      return false;
    case 'require':
      return { ...files, rejectUnauthorized: false };
    case 'verify-ca':
      return { ...files, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ...files, rejectUnauthorized: true };
    case 'allow':
    case 'prefer':
      throw new HoldfastError(
        'SETTING_INVALID',
        `sslmode=${mode} falls back to plain text unseen: it takes disable, require, verify-ca or verify-full`,
      );
    default:
      throw new HoldfastError(
        'SETTING_INVALID',
        `sslmode=${mode}: it takes disable, require, verify-ca or verify-full`,
      );
  }
}
