// @holdfast/core/targets: places for archives, and what of this store is there.

export {
  type ArchiveCopy,
  type BringOptions,
  type BroughtCopy,
  bringCopies,
  idInName,
  listCopies,
  verifyCopy,
  wantCopies,
} from '../places/copies.ts';
export {
  addTarget,
  listTargets,
  type NamedTarget,
  openNamedTarget,
  removeTarget,
  requireTarget,
} from '../places/named-targets.ts';
export { openOnTarget, openRegistered, type PlacedArchive } from '../places/open-archive.ts';
export { copyName } from '../places/wanted-copies.ts';
export { openTarget, setUpTarget, type TargetOptions } from './open-target.ts';
export { formatTarget, parseTarget } from './parse-target.ts';
export { checkCredentials, checkSettings, type TargetCredentials, type TargetSettings } from './settings.ts';
export type {
  ByteRange,
  Source,
  StoredFile,
  Target,
  UnfinishedUpload,
  Upload,
  WriteOptions,
} from './target.ts';
export { targetSource } from './target-source.ts';
export { fileSource, type UploadOptions, type UploadProgress, uploadArchive } from './upload.ts';
