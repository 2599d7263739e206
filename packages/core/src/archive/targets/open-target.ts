// From settings to a target: the one place that knows all kinds.

import { FileTarget } from './files/file-target.ts';
import type { Files } from './files/files.ts';
import { placeMarker } from './files/marker.ts';
import { FolderFiles } from './folder/folder-files.ts';
import { S3Client } from './s3/request.ts';
import { S3Target } from './s3/s3-target.ts';
import type { TargetCredentials, TargetSettings } from './settings.ts';
import { SftpConnection } from './sftp/connection.ts';
import { SftpFiles } from './sftp/sftp-files.ts';
import type { Target } from './target.ts';

export interface TargetOptions {
  /** Milliseconds of silence after which the other side counts as gone. Default one minute. */
  readonly timeout?: number;
  /** How often a request to a store is sent at most while it fails in a way that may pass. Default 6. */
  readonly attempts?: number;
  /** Milliseconds before it is sent again; doubled each time. Default 500. */
  readonly pause?: number;
}

/** Connects when it is first used. @throws TARGET_AUTH where credentials are missing */
export function openTarget(
  settings: TargetSettings,
  credentials: TargetCredentials = {},
  options: TargetOptions = {},
): Target {
  if (settings.kind !== 's3')
    return new FileTarget(openFiles(settings, credentials, options), settings.marker);
  const { timeout = 60_000, attempts = 6, pause = 500 } = options;
  return new S3Target(new S3Client(settings, credentials, { timeout, attempts, pause }), settings);
}

/**
 * Prepares a target once, before its settings are stored: signs in, and puts a marker into a folder.
 * @returns the settings to store. @throws TARGET_MISSING where folder or bucket is not there: neither is made silently
 */
export async function setUpTarget<S extends TargetSettings>(
  settings: S,
  credentials: TargetCredentials = {},
  options: TargetOptions = {},
): Promise<S> {
  if (settings.kind === 's3') {
    const target = openTarget(settings, credentials, options);
    try {
      await target.check();
      return settings;
    } finally {
      await target.close();
    }
  }
  const files = openFiles(settings, credentials, options);
  try {
    return { ...settings, marker: await placeMarker(files) };
  } finally {
    await files.close();
  }
}

function openFiles(
  settings: Exclude<TargetSettings, { kind: 's3' }>,
  credentials: TargetCredentials,
  { timeout = 60_000 }: TargetOptions,
): Files {
  if (settings.kind === 'folder') return new FolderFiles(settings.path);
  return new SftpFiles(new SftpConnection(settings, credentials, { timeout }), settings.path);
}
