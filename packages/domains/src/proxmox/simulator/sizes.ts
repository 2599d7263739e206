// Byte sizes, and the way the product writes them in settings.
import type { GuestConfig } from './model.ts';

export const mib = 1024 ** 2;
export const gib = 1024 ** 3;
export const tib = 1024 ** 4;

const units: Record<string, number> = { K: 1024, M: mib, G: gib, T: tib };
const sizePattern = /(?:^|,)size=(\d+(?:\.\d+)?)([KMGT]?)/;

/** Bytes of the `size=` part of a disk property such as `local-lvm:vm-100-disk-0,size=32G`; undefined without one. */
export const diskSize = (property: string): number | undefined => {
  const match = sizePattern.exec(property);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (units[match[2] as string] ?? 1));
};

/** Bytes of memory that a guest's settings give; the product's default is 512 MiB. */
export const guestMemory = (config: GuestConfig): number => Number(config.memory ?? 512) * mib;

/** Rounds down to whole pages, which is how the kernel counts memory and disk. */
export const pages = (bytes: number): number => Math.floor(bytes / 4096) * 4096;
