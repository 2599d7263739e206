// @holdfast/core/archive: a portable, encrypted container of tables, written as a stream and read by parts.

export { type BaseArchive, partOf } from './backup/base-archive.ts';
export {
  type BackupOptions,
  type BackupResult,
  createBackup,
  createSegment,
  type SegmentOptions,
} from './backup/create-backup.ts';
export { type MarkSlot, readMark } from './backup/marks.ts';
export type { OnProgress, RowProgress } from './backup/pace.ts';
export { type ArchiveRecord, archiveToContinue, recordProof, requireArchive } from './backup/register.ts';
export { removeDeadParts } from './backup/written-by.ts';
export type { Value, ValueRow } from './columns/value.ts';
export {
  createKeyFile,
  createPrivateKeyFile,
  draftKeyFile,
  readKeyFile,
  toLockKey,
  writePrivateKeyFile,
} from './crypto/key-file.ts';
export { generateKeyPair, type KeyPair, publicKeyOf } from './crypto/key-pair.ts';
export type {
  FileKey,
  LockKey,
  PrivateKey,
  RecipientKey,
  SlotInfo,
  UnlockKey,
} from './crypto/keys.ts';
export { type Kdf, PassphraseKey } from './crypto/passphrase.ts';
export { keyId } from './crypto/slots.ts';
export { TableDigest } from './digest/table-digest.ts';
export { ArchiveReader, outlineArchive, type StreamName } from './format/archive-reader.ts';
export { ArchiveWriter } from './format/archive-writer.ts';
export type { Compression } from './format/compression.ts';
export type { ArchiveSink, ArchiveSource } from './format/endpoints.ts';
export { type FileSink, openFileSink } from './format/file-sink.ts';
export { bytesSource, type FileSource, openFileSource } from './format/file-source.ts';
export type {
  ArchiveHeader,
  ArchiveType,
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
export { type StreamSink, streamSink } from './format/stream-sink.ts';
export type { ArchiveResult, ArchiveWriterOptions, RowWriter } from './format/writing.ts';
export { type Contents, type ContentTable, contentsOf } from './living/contents.ts';
export { livingPlans } from './living/living-plan.ts';
export {
  type LivingRestore,
  type LivingRestoreOptions,
  type LivingTable,
  prepareLivingRestore,
} from './living/living-restore.ts';
export { type ConflictPolicy, conflictPolicies } from './living/policies.ts';
export { holdsRecordsAt } from './restore/place.ts';
export {
  type BuiltReplacement,
  buildReplacement,
  changePlaces,
  livingRecords,
  type ReplaceResult,
  replaceStore,
} from './restore/replace-store.ts';
export {
  type RestoredTable,
  type RestoreOptions,
  type RestoreResult,
  restoreArchive,
} from './restore/restore-archive.ts';
export { type TestRestoreOptions, type TestRestoreResult, testRestore } from './restore/test-restore.ts';
export { chainAt, chainTo } from './retention/chain.ts';
export type { ArchiveFacts } from './retention/facts.ts';
export { type RewrapOptions, rewrapArchive } from './rewrap.ts';
export { type Salvaged, salvageArchive } from './salvage.ts';
export { type VerifyOptions, type VerifyProgress, type VerifyReport, verifyArchive } from './verify.ts';
