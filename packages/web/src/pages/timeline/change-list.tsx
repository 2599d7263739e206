import { Alert, Paper, Stack } from '@mantine/core';
import type { Query } from '../../api/api-client.ts';
import type { Change, Gap, Page } from '../../api/types.ts';
import { usePages } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Older } from '../../components/older.tsx';
import { localText } from '../../components/when.tsx';
import { ChangeRow } from './change-row.tsx';

interface ChangeListProps {
  readonly path: string;
  readonly query: Query;
  readonly ofOne?: boolean;
}

interface ChangePage extends Page<Change> {
  readonly gaps?: readonly Gap[];
}

export function ChangeList({ path, query, ofOne = false }: ChangeListProps) {
  const pages = usePages<Change, ChangePage>(path, { ...query, limit: 60 });
  const gaps = pages.first?.gaps ?? [];
  return (
    <Loaded read={pages} rows={10}>
      {() => (
        <Stack gap="sm">
          {gaps.length > 0 && (
            <Alert color="yellow" icon={<Icon name="warning" />} p="xs" title="The history has gaps">
              {gaps.map(({ table, from, until, cause }) => (
                <div key={table + from}>
                  {table}: from {localText(from)} {until === null ? 'on' : `to ${localText(until)}`} ({cause})
                </div>
              ))}
            </Alert>
          )}
          {pages.items.length === 0 ? (
            <Empty icon="timeline" title="No change fits">
              Nothing has changed, or the filters leave nothing.
            </Empty>
          ) : (
            <Paper withBorder px="sm">
              {pages.items.map((change) => (
                <ChangeRow
                  key={`${change.resource} ${change.id} ${change.at} ${change.change}`}
                  change={change}
                  ofOne={ofOne}
                />
              ))}
            </Paper>
          )}
          <Older pages={pages} of="changes" />
        </Stack>
      )}
    </Loaded>
  );
}
