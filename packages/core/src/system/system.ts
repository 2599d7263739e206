// @holdfast/core/system: Holdfast's own tables and what works on them.

export { keyFindings } from './key-findings.ts';
export { type LastSweep, lastConfirmed, lastSweeps } from './run-reports.ts';
export {
  addSource,
  countRecords,
  credentialsOf,
  listSources,
  type NewSource,
  putSource,
  removeSource,
  requireSource,
  type SourceRecord,
} from './sources.ts';
export { runScopes, runs, sources } from './tables.ts';
