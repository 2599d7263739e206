// A table of which only the rows in sight are drawn; more are asked for before the end is reached.

import { Checkbox, Skeleton, UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';

export interface TableColumn<Row> {
  readonly id: string;
  readonly label: string;
  readonly render: (row: Row) => ReactNode;
  /** Pixels. @default 160 */
  readonly width?: number;
  readonly number?: boolean;
  readonly sortable?: boolean;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  readonly more?: { readonly has: boolean; readonly busy: boolean; readonly load: () => void };
  /** `name` or `name:desc`. */
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string | undefined) => void;
  readonly picked?: ReadonlySet<string>;
  readonly onPick?: (picked: ReadonlySet<string>) => void;
  readonly onOpen?: (row: Row) => void;
  readonly total?: number | undefined;
}

const rowHeight = 34;

function nextSort(sort: string | undefined, id: string): string | undefined {
  if (sort === id) return `${id}:desc`;
  return sort === `${id}:desc` ? undefined : id;
}

const sortOf = (sort: string | undefined, id: string) =>
  sort === id ? 'ascending' : sort === `${id}:desc` ? 'descending' : 'none';

const arrows = { ascending: '↑', descending: '↓', none: '' };

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, idOf, more, sort, onSort, picked, onPick, onOpen, total } = props;
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length + (more?.has ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 20,
    initialRect: { width: 900, height: 600 },
  });
  const seen = virtual.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more?.has && !more.busy && last >= rows.length - 60) more.load();
  }, [last, rows.length, more]);
  const before = seen[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (seen.at(-1)?.end ?? 0);
  const width = columns.reduce((sum, each) => sum + (each.width ?? 160), onPick === undefined ? 0 : 40);
  const toggle = (id: string): void => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    onPick?.(next);
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
    <section ref={scroller} className="hf-grid" tabIndex={0} aria-label={label}>
      <table className="hf-table" style={{ minWidth: width }} aria-rowcount={total ?? -1}>
        <colgroup>
          {onPick !== undefined && <col style={{ width: 40 }} />}
          {columns.map((each) => (
            <col key={each.id} style={{ width: each.width ?? 160 }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {onPick !== undefined && (
              <td>
                <Checkbox
                  size="xs"
                  aria-label="Pick all rows"
                  checked={rows.length > 0 && picked?.size === rows.length}
                  indeterminate={(picked?.size ?? 0) > 0 && picked?.size !== rows.length}
                  onChange={({ currentTarget }) =>
                    onPick(new Set(currentTarget.checked ? rows.map(idOf) : []))
                  }
                />
              </td>
            )}
            {columns.map((each) => (
              <th
                key={each.id}
                className={each.number ? 'hf-right' : undefined}
                {...(each.sortable ? { 'aria-sort': sortOf(sort, each.id) } : {})}
              >
                {each.sortable ? (
                  <UnstyledButton
                    className="hf-sort"
                    onClick={() => onSort?.(nextSort(sort, each.id))}
                    aria-label={`Sort by ${each.label}`}
                  >
                    {each.label} <span aria-hidden="true">{arrows[sortOf(sort, each.id)]}</span>
                  </UnstyledButton>
                ) : (
                  each.label
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr>
              <td style={{ height: before, padding: 0 }} />
            </tr>
          )}
          {seen.map(({ index }) => {
            const row = rows[index];
            if (row === undefined)
              return (
                <tr key="more" style={{ height: rowHeight }}>
                  <td colSpan={columns.length}>
                    <Skeleton height={14} />
                  </td>
                </tr>
              );
            const id = idOf(row);
            return (
              <tr
                key={id}
                style={{ height: rowHeight }}
                data-odd={index % 2 === 1 || undefined}
                onDoubleClick={() => onOpen?.(row)}
              >
                {onPick !== undefined && (
                  <td>
                    <Checkbox
                      size="xs"
                      aria-label={`Pick ${id}`}
                      checked={picked?.has(id) ?? false}
                      onChange={() => toggle(id)}
                    />
                  </td>
                )}
                {columns.map((each) => (
                  <td key={each.id} className={each.number ? 'hf-right hf-number' : undefined}>
                    {each.render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 && (
            <tr>
              <td style={{ height: after, padding: 0 }} />
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}
