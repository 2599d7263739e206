// Differences, rules, runs and desired states, as the command line and the API answer with them.

import { formatInstant, type Resource, type Row } from '@holdfast/core';
import {
  type DesiredState,
  type DriftItem,
  type DriftRuleRecord,
  driftSubject,
  itemDifference,
} from '@holdfast/core/drift';
import type { driftRuns } from '@holdfast/core/system';
import { resources } from '../cli/domains.ts';
import { optionalInstant } from './instants.ts';

const subjects = new Map<string, ReturnType<typeof driftSubject>>();

function subjectOf(name: string): ReturnType<typeof driftSubject> | undefined {
  const resource = resources.find((each: Resource) => each.name === name);
  if (resource !== undefined && !subjects.has(name)) subjects.set(name, driftSubject(resource));
  return subjects.get(name);
}

/** The contract of a difference. */
export function driftItemJson(item: DriftItem) {
  const subject = subjectOf(item.resource);
  const { path, type, expected, actual, secret, category, severity } = item;
  const plain = { path, type, expected, actual, secret, category, severity };
  return {
    ...{ resource: item.resource, id: item.recordId, source: item.source },
    ...(subject === undefined
      ? { ...plain, description: path, suggestion: '' }
      : itemDifference(subject, item)),
    ...{ state: item.state, occurrences: item.occurrences, run: item.runId },
    firstSeen: formatInstant(item.firstSeen),
    lastSeen: formatInstant(item.lastSeen),
    resolvedAt: optionalInstant(item.resolvedAt),
  };
}

export type DriftItemJson = ReturnType<typeof driftItemJson>;

export const driftRuleJson = ({ recordId, createdAt, expiresAt, ...rule }: DriftRuleRecord) => ({
  ...{ id: rule.id, kind: rule.kind, resource: rule.resource, record: recordId, path: rule.path },
  ...{ reason: rule.reason, setBy: rule.setBy },
  createdAt: formatInstant(createdAt),
  expiresAt: optionalInstant(expiresAt),
});

/** A run without its report. */
export const driftRunJson = ({
  report: _,
  recordId,
  startedAt,
  finishedAt,
  ...run
}: Row<typeof driftRuns>) => ({
  ...run,
  record: recordId,
  startedAt: formatInstant(startedAt),
  finishedAt: optionalInstant(finishedAt),
});

export const desiredJson = ({ properties, whole, ignore, setBy, createdAt, updatedAt }: DesiredState) => ({
  ...{ properties, whole, ignore, setBy },
  createdAt: formatInstant(createdAt),
  updatedAt: formatInstant(updatedAt),
});
