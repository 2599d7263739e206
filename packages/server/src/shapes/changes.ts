// Changes of records and gaps of the history, as the command line and the API answer with them.

import { formatInstant, jsonEncoder, type Resource } from '@holdfast/core';
import type { DiffItem, FieldChange, Gap, HistoryItem } from '@holdfast/core/history';
import { optionalInstant } from './instants.ts';

interface Change {
  readonly resource: Resource;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly fields: readonly FieldChange[];
}

/** What changed, as JSON of the resource's declaration. */
function changeJson({ resource, before, after, fields }: Change): Record<string, unknown> {
  const encode = jsonEncoder(resource.table);
  const plain = (path: string, value: unknown): unknown =>
    path.includes('.') ? value : encode({ [path]: value })[path];
  return {
    before: before === null ? null : encode(before),
    after: after === null ? null : encode(after),
    fields: fields.map((field) => ({
      path: field.path,
      before: plain(field.path, field.before),
      after: plain(field.path, field.after),
    })),
  };
}

/** The contract of an item of `history`. */
export function historyItemJson(item: HistoryItem): Record<string, unknown> {
  const { resource, id, at, change, actor, via, source, run, request, reason, cause } = item;
  return {
    ...{ resource: resource.name, id, at: formatInstant(at), change, actor, via, source },
    ...(run === null ? {} : { run }),
    ...(request === null ? {} : { request }),
    ...(reason === null ? {} : { reason }),
    ...(cause === null ? {} : { cause }),
    ...changeJson(item),
  };
}

/** The contract of an item of `diff`. */
export const diffItemJson = (item: DiffItem): Record<string, unknown> => ({
  ...{ resource: item.resource.name, id: item.id, change: item.change },
  ...changeJson(item),
});

export const gapJson = ({ table, from, until, cause }: Gap): Record<string, unknown> => ({
  ...{ table, from: formatInstant(from), until: optionalInstant(until), cause },
});
