import { Anchor, Group, Switch, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { RecordJson, RecordPage, Resource } from '../../api/types.ts';
import { useMay, usePages, useRead } from '../../api/use-api.ts';
import { DataTable } from '../../components/data-table.tsx';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { countText } from '../../components/numbers.ts';
import { PageFrame } from '../../components/page-frame.tsx';
import { recordPath } from '../../components/record-link.tsx';
import { useAsOf } from '../../time/as-of.tsx';
import { TimeSlider } from '../../time/time-slider.tsx';
import { AddFilter } from './add-filter.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { ChooseColumns } from './choose-columns.tsx';
import { FilterChips } from './filter-chips.tsx';
import { NewRecord } from './new-record.tsx';
import { SavedViews } from './saved-views.tsx';
import { tableColumns } from './table-columns.tsx';
import { plainView, type View } from './view.ts';

interface RecordsProps {
  readonly resource: Resource;
  readonly where: readonly string[];
}

export function Records({ resource, where }: RecordsProps) {
  const [view, setView] = useState<View>({ ...plainView, where });
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [q] = useDebouncedValue(view.q, 30);
  const { at } = useAsOf();
  const navigate = useNavigate();
  const mayAct = useMay('operator');
  const put = (part: Partial<View>): void => setView({ ...view, ...part });
  const path = `/resources${pathOf(resource.resource)}`;
  const fits = { q, where: view.where, present: view.present, as_of: at };
  const pages = usePages<RecordJson, RecordPage>(path, { ...fits, order: view.sort, limit: 200 });
  // Counting reads all that fit: the rows do not wait for it.
  const counted = useRead<RecordPage>(
    path,
    { ...fits, limit: 1, total: true },
    { enabled: pages.data !== undefined && !pages.isFetching },
  );
  // The id tells the key already.
  const names = view.columns ?? resource.summary.filter((name) => !resource.key.includes(name));
  const total = counted.data?.total;
  const bulk = mayAct && at === undefined && (resource.editable || resource.managed);
  return (
    <PageFrame
      title={resource.resource}
      about={
        <>
          <Anchor component={Link} to="/inventory" inherit>
            Inventory
          </Anchor>
          {total !== undefined && ` · ${countText(total)} records`}
        </>
      }
      actions={
        <>
          {mayAct && at === undefined && resource.editable && <NewRecord resource={resource} />}
          <TimeSlider />
        </>
      }
    >
      <Group gap="xs">
        <TextInput
          aria-label={`Search ${resource.resource}`}
          placeholder="Search in any text"
          leftSection={<Icon name="search" size={14} />}
          value={view.q}
          onChange={({ currentTarget }) => put({ q: currentTarget.value })}
          style={{ flex: '1 1 200px', maxWidth: 360 }}
        />
        <AddFilter
          columns={resource.columns}
          onAdd={(each) => put({ where: [...view.where.filter((other) => other !== each), each] })}
        />
        <ChooseColumns all={resource.columns} chosen={names} onChange={(columns) => put({ columns })} />
        <SavedViews resource={resource.resource} view={view} onView={setView} />
        <Switch
          size="xs"
          label="only present"
          checked={view.present}
          onChange={({ currentTarget }) => put({ present: currentTarget.checked })}
        />
      </Group>
      <FilterChips where={view.where} onChange={(next) => put({ where: next })} />
      <BulkBar resource={resource} picked={picked} onDone={() => setPicked(new Set())} />
      <Loaded read={pages} rows={12}>
        {() =>
          pages.items.length === 0 ? (
            <Empty icon="inventory" title="No record fits">
              {view.where.length > 0 || view.q !== ''
                ? 'Take a filter away, or search for something else.'
                : `Nothing has told of ${resource.resource} ${at === undefined ? 'yet' : 'by then'}.`}
            </Empty>
          ) : (
            <DataTable
              label={resource.resource}
              columns={tableColumns(resource, names)}
              rows={pages.items}
              idOf={({ id }) => id}
              total={total}
              sort={view.sort}
              onSort={(sort) => put({ sort })}
              {...(bulk ? { picked, onPick: setPicked } : {})}
              onOpen={({ id }) => void navigate(recordPath(resource.resource, id))}
              more={{
                has: pages.hasNextPage,
                busy: pages.isFetchingNextPage,
                load: () => void pages.fetchNextPage(),
              }}
            />
          )
        }
      </Loaded>
      {pages.data !== undefined && pages.error !== null && (
        <Text size="sm" role="alert">
          {pages.error.message}
        </Text>
      )}
    </PageFrame>
  );
}
