// @holdfast/core/move: the living store to another engine, and back.

export { type MoveKind, type MoveSubject, moveDraft, moveKind } from './move-kind.ts';
export type { MovedTable, MoveOptions, MoveReport } from './passage.ts';
export { locationOf, movedAway, reopen } from './reopen.ts';
