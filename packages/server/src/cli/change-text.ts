// Changes of records as text.

import type { Resource } from '@holdfast/core';
import type { FieldChange } from '@holdfast/core/history';
import { cell } from './format.ts';
import { paint, printable } from './output.ts';

interface Change {
  readonly resource: Resource;
  readonly id: string;
  readonly change: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly fields: readonly FieldChange[];
  readonly cause?: string | null;
}

const marks: Readonly<Record<string, string>> = { created: '+', discovered: '+', deleted: '-', updated: '~' };
const styles = { '+': 'green', '-': 'red', '~': 'yellow' } as const;
const widest = 60;

/** A line that says what happened to which record, and one for each field of an update. */
export function changeText(item: Change, head = ''): string {
  const { resource, id, change, fields } = item;
  const mark = marks[change]!;
  const value = (path: string, each: unknown): string => {
    const inside = path.includes('.') && typeof each !== 'string' && each !== null;
    const text = printable(inside ? JSON.stringify(each) : cell(resource.table, path, each));
    return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
  };
  const first = `${head}${paint(styles[mark as '+'], `${mark} ${change}`)} ${resource.name} ${paint('bold', printable(id))}`;
  const name = item.after?.['name'] ?? item.before?.['name'];
  return [
    typeof name === 'string' && fields.length === 0 ? `${first} (${printable(name)})` : first,
    ...(item.cause == null ? [] : [`    ${paint('dim', 'ended by')} ${printable(item.cause)}`]),
    ...fields.map(
      ({ path, before, after }) =>
        `    ${paint('dim', `${path}:`)} ${value(path, before)} ${paint('dim', '->')} ${value(path, after)}`,
    ),
  ].join('\n');
}
