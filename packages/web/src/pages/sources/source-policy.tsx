// When a record of a source counts as gone, and how much one sweep may do unasked.

import { Button, Group, NumberInput, SimpleGrid, Stack } from '@mantine/core';
import { useState } from 'react';
import { useAction, useRead } from '../../api/use-api.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';

interface Policy {
  readonly set: Readonly<Record<string, number>>;
  readonly policy: Readonly<Record<string, number>>;
}

const words: Readonly<Record<string, string>> = {
  confirmSweeps: 'sweeps without it before it is gone',
  confirmAgeMs: 'minutes without it before it is gone',
  deletedPercent: '% gone in one sweep, at most',
  deletedRecords: 'records gone in one sweep, at most',
  changedPercent: '% changed in one sweep, at most',
  changedRecords: 'records changed in one sweep, at most',
};

/** Shown in another unit than the API has. */
const scales: Readonly<Record<string, number>> = { confirmAgeMs: 60_000 };

export function SourcePolicy({ path, admin }: { readonly path: string; readonly admin: boolean }) {
  const read = useRead<Policy>(`${path}/policy`);
  const [changed, setChanged] = useState<Record<string, number | undefined>>({});
  const save = useAction(
    (api) => {
      const all = { ...read.data?.set, ...changed };
      const body = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return api.send('PUT', `${path}/policy`, { body });
    },
    { stale: [path], quiet: true, done: 'Stored', onDone: () => setChanged({}) },
  );
  return (
    <Section title="Policy of sweeps">
      <Loaded read={read}>
        {({ set, policy }) => (
          <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" style={{ alignItems: 'end' }}>
              {Object.entries(words).map(([name, label]) => {
                const scale = scales[name] ?? 1;
                const known = policy[name];
                const value = name in changed ? changed[name] : set[name];
                return (
                  <NumberInput
                    key={name}
                    label={label}
                    min={0}
                    disabled={!admin}
                    placeholder={known === undefined ? 'none' : String(known / scale)}
                    value={value === undefined ? '' : value / scale}
                    onChange={(next) =>
                      setChanged({
                        ...changed,
                        [name]: next === '' ? undefined : Math.round(Number(next) * scale),
                      })
                    }
                  />
                );
              })}
            </SimpleGrid>
            <Refused error={save.error} />
            {admin && Object.keys(changed).length > 0 && (
              <Group justify="flex-end">
                <Button loading={save.isPending} onClick={() => save.mutate()}>
                  Store
                </Button>
              </Group>
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}
