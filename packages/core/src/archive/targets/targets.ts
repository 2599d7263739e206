// @holdfast/core/targets: places for archives.

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
export { fileSource, type UploadOptions, type UploadProgress, uploadArchive } from './upload.ts';
