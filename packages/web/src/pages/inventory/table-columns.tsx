// Columns of a resource as columns of a table: how wide, how aligned, the first one leads to the record.

import type { Column, RecordJson, Resource } from '../../api/types.ts';
import type { TableColumn } from '../../components/data-table.tsx';
import { RecordLink } from '../../components/record-link.tsx';
import { Value } from '../../components/value.tsx';

const numbers = ['int', 'bigint', 'real', 'decimal'];
const widths: Readonly<Record<string, number>> = {
  bool: 90,
  int: 120,
  bigint: 140,
  real: 110,
  enum: 130,
  instant: 190,
  json: 260,
};

const widthOf = ({ name, kind }: Column): number => Math.max(widths[kind] ?? 160, name.length * 8 + 36);

export function tableColumns(resource: Resource, names: readonly string[]): TableColumn<RecordJson>[] {
  const shown = names.flatMap((name) => resource.columns.find((column) => column.name === name) ?? []);
  const first: TableColumn<RecordJson> = {
    id: 'id',
    label: 'id',
    width: 180,
    render: ({ id }) => <RecordLink resource={resource.resource} id={id} bare />,
  };
  return [
    first,
    ...shown.map((column) => ({
      ...{
        id: column.name,
        label: column.name,
        width: widthOf(column),
        sortable: !column.metric && column.kind !== 'json',
      },
      number: numbers.includes(column.kind),
      render: (row: RecordJson) => <Value value={row[column.name]} kind={column.kind} name={column.name} />,
    })),
  ];
}
