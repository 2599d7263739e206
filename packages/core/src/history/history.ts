// @holdfast/core/history: what changed, when, by whom, and what everything looked like at any moment.

export { listAsOf, recordAsOf } from './as-of.ts';
export {
  type Committed,
  type CommittedChange,
  committedSince,
  newestPosition,
} from './change-feed.ts';
export { type ChangeCounts, countChanges } from './count-changes.ts';
export type { FieldChange } from './differences.ts';
export { type DiffItem, type DiffQuery, listDiff } from './list-diff.ts';
export { type ChangeType, type HistoryItem, type HistoryQuery, listHistory } from './list-history.ts';
export { type Gap, gapsOf } from './moment.ts';
export {
  historyDays,
  historyDetailDays,
  type Pruned,
  previewHistoryPrune,
  pruneHistory,
  runDays,
} from './retention.ts';
export {
  changeStatistics,
  compareWithLatest,
  latestSnapshot,
  listSnapshots,
  type SnapshotQuery,
  type StateSnapshot,
} from './snapshots.ts';
export { type UndoTarget, undoDraft } from './undo-draft.ts';
export { undoKind } from './undo-kind.ts';
export { repairCapture, watchCapture } from './watch.ts';
