// Moving, with the data folder as what remembers where the database is.

import { type MoveKind, type MoveOptions, moveKind } from '@holdfast/core/move';
import { databaseUnderWay, depart, settle, stay } from './database-file.ts';
import type { Place } from './invocation.ts';

export const moveFrom = (
  { folder, keyFile }: Place,
  options: Omit<MoveOptions, 'keyFile' | 'depart' | 'settle' | 'stay'>,
): MoveKind =>
  moveKind({
    ...options,
    keyFile,
    depart: () => depart(folder, options.url),
    settle: () => settle(folder),
    stay: () => stay(folder),
  });

/** What brings a move to its end that an earlier process was broken off in. */
export const brokenOffMove = (place: Place): MoveKind =>
  moveFrom(place, {
    url: databaseUnderWay(place.folder) ?? place.url,
    by: { name: 'holdfast', via: 'cli' },
  });
