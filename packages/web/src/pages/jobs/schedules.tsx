import { Button, Group, Stack, Switch } from '@mantine/core';
import { pathOf } from '../../api/api-client.ts';
import type { JobKind, Page, Schedule } from '../../api/types.ts';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { When } from '../../components/when.tsx';
import { AddSchedule } from './add-schedule.tsx';

/** What is done by itself, and when next. */
export function Schedules({ kinds }: { readonly kinds: readonly JobKind[] }) {
  const may = useMay('operator');
  const read = useRead<Page<Schedule>>('/schedules');
  const stale = ['/schedules', '/jobs'];
  const run = useAction((api, name: string) => api.post(`/schedules${pathOf(name)}/run`), {
    stale,
    done: 'Asked for',
  });
  const remove = useAction((api, name: string) => api.send('DELETE', `/schedules${pathOf(name)}`), { stale });
  const turn = useAction(
    (api, { name, kind, cron, timeZone, params, enabled, jitterMs }: Schedule) =>
      api.send('PUT', `/schedules${pathOf(name)}`, {
        body: {
          ...{ kind, cron, jitterMs, enabled: !enabled },
          ...(params === null ? {} : { params }),
          ...(timeZone === null ? {} : { timeZone }),
        },
      }),
    { stale },
  );
  return (
    <Stack>
      {may && <AddSchedule kinds={kinds} />}
      <Loaded read={read}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="jobs" title="Nothing is done by itself">
              A schedule syncs, compares or keeps house at its times.
            </Empty>
          ) : (
            <PlainTable
              label="Schedules"
              heads={['name', 'kind', 'at', 'next', 'last', 'on', '']}
              rows={items.map((schedule) => ({
                key: schedule.name,
                cells: [
                  schedule.name,
                  schedule.kind,
                  `${schedule.cron} ${schedule.timeZone ?? 'UTC'}`,
                  <When key="next" at={schedule.nextRunAt} />,
                  <When key="last" at={schedule.lastRunAt} ago />,
                  <Switch
                    key="on"
                    size="xs"
                    aria-label={`${schedule.name} is on`}
                    checked={schedule.enabled}
                    disabled={!may}
                    onChange={() => turn.mutate(schedule)}
                  />,
                  may && (
                    <Group key="acts" gap="xs" wrap="nowrap">
                      <Button size="compact-xs" variant="default" onClick={() => run.mutate(schedule.name)}>
                        Run now
                      </Button>
                      <Button
                        size="compact-xs"
                        variant="default"
                        onClick={() => remove.mutate(schedule.name)}
                      >
                        Remove
                      </Button>
                    </Group>
                  ),
                ],
              }))}
            />
          )
        }
      </Loaded>
    </Stack>
  );
}
