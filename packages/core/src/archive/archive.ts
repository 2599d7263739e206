// @holdfast/core/archive: a portable, encrypted container of tables, written as a stream and read by parts.

export type { Value, ValueRow } from './columns/value.ts';
export type {
  FileKey,
  LockKey,
  PrivateKey,
  RecipientKey,
  SlotInfo,
  UnlockKey,
} from './crypto/keys.ts';
export { PassphraseKey } from './crypto/passphrase.ts';
export type { ArchiveSink, ArchiveSource } from './format/endpoints.ts';
export type {
  ArchiveHeader,
  ArchiveType,
  Compression,
  Encryption,
  NewArchiveHeader,
} from './format/header.ts';
export type {
  ArchiveOutline,
  ArchiveReaderOptions,
  Batch,
  ChunkInfo,
  ReadOptions,
} from './format/reading.ts';
export {
  type EntryInfo,
  type EntryStream,
  type RowKind,
  type RowStream,
  type RowStreamInfo,
  schemaEntry,
} from './format/stream.ts';
export type { ArchiveResult, ArchiveWriterOptions, RowWriter } from './format/writing.ts';
