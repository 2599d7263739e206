// The header of an archive: what it is, of which database and when. Readable without a key, and authenticated by it.

import { z } from 'zod';
import { HoldfastError } from '../../errors.ts';
import { compressions } from './compression.ts';
import { corrupt } from './failures.ts';
import { canonicalBytes } from './json-bytes.ts';
import { longestHeader } from './layout.ts';

export const encryptions = ['none', 'aes-256-gcm'] as const;
export type Encryption = (typeof encryptions)[number];

/**
 * `full` stands alone; `incremental` has what changed since its parent, `differential` what changed since the last full
 * one, `segment` is the short increment of tables that are backed up continuously.
 */
export const archiveTypes = ['full', 'incremental', 'differential', 'segment'] as const;
export type ArchiveType = (typeof archiveTypes)[number];

const uuid = z.uuid();
const base64 = (bytes: number) =>
  z.base64().refine((text) => Buffer.from(text, 'base64').length === bytes, `is not ${bytes} bytes`);

const headerSchema = z.object({
  id: uuid,
  type: z.enum(archiveTypes),
  /** Of an incremental or a segment: the archive that it goes on from. */
  parent: uuid.optional(),
  /** The full archive that the chain begins with. */
  base: uuid.optional(),
  /** Of the database; a new one begins with each restore. */
  timeline: z.string().min(1).max(200),
  createdAt: z.iso.datetime(),
  /** Version of the Holdfast that wrote it. */
  holdfast: z.string().max(100),
  engine: z.object({ name: z.string().max(100), version: z.string().max(200) }),
  /** Fingerprint of the declared schema. */
  schema: z.string().max(200),
  algorithms: z.object({
    checksum: z.literal('sha256'),
    compression: z.enum(compressions),
    encryption: z.enum(encryptions),
  }),
  /** Of an encrypted archive: what its keys are derived with, and what they commit to. */
  keys: z.object({ salt: base64(24), commitment: base64(32) }).optional(),
  /** What is known before the first row is read; the index has the final figures. */
  counts: z.object({ tables: z.int().min(0).optional(), records: z.int().min(0).optional() }),
  /** Free; in clear, so never anything secret. */
  metadata: z.record(z.string(), z.unknown()),
});

/** What an archive says of itself in clear. Instants are RFC 3339 text, ids are UUIDs. */
export type ArchiveHeader = z.infer<typeof headerSchema>;

/** What the caller knows of a header; the writer adds version, algorithms and what keys are derived with. */
export type NewArchiveHeader = Omit<
  ArchiveHeader,
  'algorithms' | 'holdfast' | 'keys' | 'counts' | 'metadata'
> &
  Partial<Pick<ArchiveHeader, 'counts' | 'metadata'>>;

/** Canonical JSON. @throws ARCHIVE_LIMIT, RECORD_INVALID */
export function encodeHeader(header: ArchiveHeader): Buffer {
  const checked = headerSchema.safeParse(header);
  if (!checked.success)
    throw new HoldfastError('RECORD_INVALID', `header of an archive: ${z.prettifyError(checked.error)}`);
  const bytes = canonicalBytes(header, 'the header of an archive');
  if (bytes.length > longestHeader)
    throw new HoldfastError(
      'ARCHIVE_LIMIT',
      `the header has ${bytes.length} bytes of at most ${longestHeader}`,
    );
  return bytes;
}

/** Members that this version does not know are passed over. @throws ARCHIVE_CORRUPT */
export function decodeHeader(bytes: Uint8Array): ArchiveHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch (cause) {
    throw corrupt('its header is not JSON', cause);
  }
  const checked = headerSchema.safeParse(parsed);
  if (!checked.success) throw corrupt(`its header is unsound: ${z.prettifyError(checked.error)}`);
  const { keys, algorithms } = checked.data;
  if ((keys !== undefined) !== (algorithms.encryption !== 'none'))
    throw corrupt('its header contradicts itself about encryption');
  return checked.data;
}
