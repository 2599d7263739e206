// The archive that a request names: by an id of the register, or as `upload:NAME`, a file that was sent here.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HoldfastError, type Store } from '@holdfast/core';
import { openFileSource, outlineArchive, requireArchive } from '@holdfast/core/archive';
import { isManagerFile } from '../cli/restore-manager.ts';
import { uploadPath } from './uploads.ts';

export interface NamedHere {
  /** As jobs take it: an id, or a path. */
  readonly given: string;
  /** As messages and the audit name it. */
  readonly shown: string;
  /** Of Shelly Manager. */
  readonly manager: boolean;
  readonly root?: string;
}

/** @throws ARCHIVE_NOT_FOUND, ARCHIVE_CORRUPT, ARCHIVE_NEWER */
export async function archiveNamed(store: Store, data: string, named: string): Promise<NamedHere> {
  const [, file] = /^upload:([\w][\w.-]{0,127})$/.exec(named) ?? [];
  if (file === undefined) {
    if (named.length > 64) throw none(named);
    const { id, root } = await requireArchive(store, named);
    return { given: id, shown: id, manager: false, root };
  }
  const path = resolve(uploadPath(data, file));
  if (!existsSync(path)) throw none(named);
  if (isManagerFile(path)) return { given: path, shown: named, manager: true };
  const source = await openFileSource(path);
  try {
    const { root } = await outlineArchive(source);
    return { given: path, shown: named, manager: false, root };
  } finally {
    await source.close();
  }
}

const none = (named: string): HoldfastError =>
  new HoldfastError('ARCHIVE_NOT_FOUND', `there is no archive ${named.slice(0, 64)}`);
