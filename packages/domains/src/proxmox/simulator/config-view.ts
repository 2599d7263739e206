// A guest's settings as the API gives them: current or with pending changes applied, and the digest of its file.
import { createHash } from 'node:crypto';
import type { Row } from './json.ts';
import type { Guest, GuestConfig } from './model.ts';
import type { Profile } from './profile.ts';

const section = (config: Readonly<Record<string, string | number | null>>): string =>
  Object.keys(config)
    .sort()
    .map((key) => `${key}: ${config[key]}\n`)
    .join('');

/** SHA-1 of the guest's file; pending changes and snapshots are sections of it, so they count. */
const configDigest = (guest: Guest): string => {
  let file = section(guest.config);
  if (guest.pending !== undefined) file += `\n[PENDING]\n${section(guest.pending)}`;
  for (const [name, frozen] of Object.entries(guest.snapshots ?? {}))
    file += `\n[${name}]\n${section(frozen)}`;
  return createHash('sha1').update(file).digest('hex');
};

const withPending = (guest: Guest): GuestConfig => {
  const config = { ...guest.config };
  for (const [key, value] of Object.entries(guest.pending ?? {})) {
    if (value === null) delete config[key];
    else config[key] = value;
  }
  return config;
};

/** The data of `.../config`; `current` gives what the guest runs with instead of what it will start with. */
export const configView = (guest: Guest, profile: Profile, current: boolean): Row => {
  const row: Row = { ...(current ? guest.config : withPending(guest)), digest: configDigest(guest) };
  if (row.cipassword !== undefined) row.cipassword = '**********';
  if (guest.type === 'lxc') return row;
  if (profile.memoryAsText && row.memory !== undefined) row.memory = String(row.memory);
  if (!profile.metaAndBootOrder) {
    delete row.meta;
    if (String(row.boot ?? '').startsWith('order=')) {
      row.boot = 'cdn';
      row.bootdisk = 'scsi0';
    }
  }
  return row;
};

/** The data of `.../pending`: each setting with its value, and what waits. */
export const pendingView = (guest: Guest): Row[] => {
  const pending = guest.pending ?? {};
  const keys = new Set([...Object.keys(guest.config), ...Object.keys(pending)]);
  return [...keys].map((key) => {
    const row: Row = { key };
    if (guest.config[key] !== undefined) row.value = guest.config[key];
    const waits = pending[key];
    if (waits === null) row.delete = 1;
    else if (waits !== undefined) row.pending = waits;
    return row;
  });
};
