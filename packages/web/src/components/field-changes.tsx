// Before and after, field by field.

import { Code, Text } from '@mantine/core';
import type { FieldChange } from '../api/types.ts';

const shown = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'string'
      ? value
      : JSON.stringify(value, undefined, 1);

export function FieldChanges({ fields }: { readonly fields: readonly FieldChange[] }) {
  if (fields.length === 0)
    return (
      <Text size="sm" c="dimmed">
        no single fields: the record as a whole
      </Text>
    );
  return (
    <div className="hf-scroll-x">
      <table className="hf-table hf-fields">
        <thead>
          <tr>
            <th>field</th>
            <th>before</th>
            <th>after</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(({ path, before, after }) => (
            <tr key={path}>
              <td>
                <Code>{path}</Code>
              </td>
              <td>
                <del className="hf-wrap">{shown(before)}</del>
              </td>
              <td>
                <ins className="hf-wrap">{shown(after)}</ins>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
