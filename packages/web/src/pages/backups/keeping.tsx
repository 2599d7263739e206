// For how long archives are kept, by data class.

import { Button, Group, NumberInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';
import { type DataClass, dataClasses, type Retention, type Rules, rules } from './keeping-types.ts';
import { Prune } from './prune.tsx';

const words: Readonly<Record<keyof Rules, string>> = {
  ...{ keepLast: 'newest', hourly: 'hours', daily: 'days', weekly: 'weeks', monthly: 'months' },
  ...{ yearly: 'years', keepWithin: 'all of days', segmentsWithin: 'segments of days' },
};

type Changed = Readonly<Partial<Record<DataClass, Partial<Rules>>>>;

function Policy({ retention }: { readonly retention: Retention }) {
  const admin = useMay('admin');
  const [changed, setChanged] = useState<Changed>({});
  const { zone, policies, set, default: usual } = retention;
  const save = useAction(
    (api, of: Changed) =>
      api.send('PUT', '/backups/policy', {
        body: {
          ...(zone === 'UTC' ? {} : { zone }),
          set: Object.fromEntries(
            dataClasses.flatMap((each) => {
              const all = { ...set[each], ...of[each] };
              return Object.keys(all).length === 0 ? [] : [[each, all]];
            }),
          ),
        },
      }),
    { stale: ['/backups'], quiet: true, done: 'Stored', onDone: () => setChanged({}) },
  );
  const reset = useAction((api) => api.send('PUT', '/backups/policy', { body: {} }), {
    ...{ stale: ['/backups'], quiet: true, done: 'As at first', onDone: () => setChanged({}) },
  });
  const put = (each: DataClass, rule: keyof Rules, value: number): void =>
    setChanged({ ...changed, [each]: { ...changed[each], [rule]: value } });
  return (
    <Stack gap="sm">
      <PlainTable
        label="How many are kept"
        heads={['data', ...rules.map((rule) => words[rule])]}
        rows={dataClasses.map((each) => ({
          key: each,
          cells: [
            <Text key="class" inherit fw={600}>
              {each}
            </Text>,
            ...rules.map((rule) => {
              const value = changed[each]?.[rule] ?? policies[each][rule];
              return admin ? (
                <NumberInput
                  key={rule}
                  aria-label={`${each}: ${words[rule]}`}
                  min={0}
                  hideControls
                  w={64}
                  fw={value === usual[each][rule] ? undefined : 700}
                  value={value}
                  onChange={(next) => put(each, rule, next === '' ? usual[each][rule] : Number(next))}
                />
              ) : (
                String(value)
              );
            }),
          ],
        }))}
      />
      <Text size="xs" c="dimmed">
        An archive stays as long as any rule keeps it, or any archive that goes back to it stays: the newest
        so many, the last one of so many hours, days, weeks … Days begin in {zone}.
      </Text>
      <Refused error={save.error ?? reset.error} />
      {admin && (
        <Group justify="flex-end">
          {Object.keys(set).length > 0 && (
            <Button variant="default" loading={reset.isPending} onClick={() => reset.mutate()}>
              As at first
            </Button>
          )}
          <Button
            disabled={Object.keys(changed).length === 0}
            loading={save.isPending}
            onClick={() => save.mutate(changed)}
          >
            Store the rules
          </Button>
        </Group>
      )}
    </Stack>
  );
}

export function Keeping() {
  const may = useMay('operator');
  const read = useRead<Retention>('/backups/policy');
  return (
    <Stack>
      <Section title="How long archives are kept">
        <Loaded read={read}>{(retention) => <Policy retention={retention} />}</Loaded>
      </Section>
      {may && <Prune />}
    </Stack>
  );
}
