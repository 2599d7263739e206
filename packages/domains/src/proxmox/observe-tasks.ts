// Tasks as observations. They are a log: one that is no longer listed has only grown old.

import type { Observation, ObservedBatch, ObservedRow } from '@holdfast/core/sync';
import type { ClusterAnswers } from './collect-cluster.ts';
import type { NodeAnswers } from './collect-node.ts';
import { decodeRows } from './decode-rows.ts';
import type { ScopeErrors } from './scope-errors.ts';
import { taskLog, tasks } from './tables.ts';
import { taskRow } from './task-rows.ts';

export function* taskObservations(
  source: string,
  { tasks: recent }: ClusterAnswers,
  answers: readonly NodeAnswers[],
  errors: ScopeErrors,
): Generator<Observation> {
  const batch = (rows: readonly object[]): ObservedBatch => ({
    table: tasks,
    rows: rows.map((row): ObservedRow => ({ source, ...row })),
  });
  const seen = new Set<string>();
  for (const { node, tasks: listed, rejectedTasks: rejected, taskLog: logs } of answers) {
    for (const row of listed.value ?? []) seen.add(row.upid);
    yield {
      scope: `node/${node}/tasks`,
      error: listed.error ?? errors.ofNode(node),
      rejected,
      batches: listed.value === undefined ? [] : [batch(listed.value)],
    };
    if (logs !== undefined)
      yield {
        scope: `node/${node}/task-log`,
        error: logs.error,
        batches: [{ table: taskLog, rows: (logs.value ?? []).map((line) => ({ source, ...line })) }],
      };
  }
  // The nodes' own lists tell more; the cluster's list is for nodes that do not answer.
  const { rows, rejected } = decodeRows(recent.value ?? [], taskRow, 'a task');
  const others = new Map(rows.filter((row) => !seen.has(row.upid)).map((row) => [row.upid, row]));
  yield {
    scope: 'cluster/tasks',
    error: recent.error ?? errors.of('/'),
    rejected,
    batches: [batch([...others.values()])],
  };
}
