// A guest's configuration: what it says of the guest, and what tells the guest from a later one.

import { createHash } from 'node:crypto';
import { canonicalJson } from '@holdfast/core/sync';
import { bool, clean, type Raw, set, str } from '../decode.ts';

export interface GuestConfig {
  readonly config: Readonly<Record<string, unknown>>;
  /** As Proxmox sends it: over the guest's file, so any edit changes it. */
  readonly digest: string;
  readonly name: string | null;
  readonly osType: string | null;
  readonly tags: readonly string[] | null;
  readonly unprivileged: boolean;
  readonly osTemplate: string | null;
  readonly identity: Identity;
}

/** Marks of one guest among all that ever had its number. */
export interface Identity {
  /** When it was made, from its configuration (seconds). */
  readonly ctime?: string;
  readonly uuid?: string;
  readonly vmgenid?: string;
  /** The newest deletion of this number that the task log knew when the guest was first seen. */
  readonly destroyed?: string;
}

export function guestConfig(raw: Raw): GuestConfig {
  const { digest, ...values } = raw;
  const config = canonical(clean(values) as Record<string, unknown>);
  const meta = pairs(str(raw['meta']));
  const identity: Record<string, string> = {};
  const ctime = meta.get('ctime');
  const uuid = pairs(str(raw['smbios1'])).get('uuid');
  const vmgenid = str(raw['vmgenid']);
  if (ctime !== undefined) identity['ctime'] = ctime;
  if (uuid !== undefined) identity['uuid'] = uuid.toLowerCase();
  if (vmgenid) identity['vmgenid'] = vmgenid.toLowerCase();
  return {
    config,
    digest: str(digest) ?? createHash('sha1').update(canonicalJson(config)).digest('hex'),
    name: str(raw['name']) ?? str(raw['hostname']) ?? null,
    osType: str(raw['ostype']) ?? null,
    tags: set(raw['tags']) ?? null,
    unprivileged: bool(raw['unprivileged']) ?? false,
    osTemplate: str(raw['ostemplate']) ?? null,
    identity,
  };
}

/** One spelling of what versions and answers spell differently: whole numbers as numbers, yes and no as 1 and 0, tags in order. */
function canonical(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(config).map(([key, value]): [string, unknown] => {
    if (key === 'tags') return [key, (set(value) ?? []).join(';')];
    if (typeof value === 'boolean') return [key, value ? 1 : 0];
    const whole = typeof value === 'string' && /^(0|-?[1-9]\d{0,14})$/.test(value);
    return [key, whole ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

/** `key=value,key=value` */
const pairs = (text: string | null | undefined): Map<string, string> =>
  new Map(
    (text ?? '').split(',').flatMap((part): [string, string][] => {
      const at = part.indexOf('=');
      return at < 1 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).trim()]];
    }),
  );

/**
 * Do the marks say that this is another guest? Those that both sides have must all differ: restoring and cloning
 * change some of them, and people edit them.
 */
export function isAnother(known: Identity, seen: Identity): boolean {
  const inBoth = (mark: keyof Identity): boolean => known[mark] !== undefined && seen[mark] !== undefined;
  const lasting = (['ctime', 'uuid'] as const).filter(inBoth);
  const marks = lasting.length > 0 ? lasting : (['vmgenid'] as const).filter(inBoth);
  return marks.length > 0 && marks.every((mark) => known[mark] !== seen[mark]);
}
