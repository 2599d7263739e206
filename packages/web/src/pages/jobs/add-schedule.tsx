import { Button, Group, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { pathOf } from '../../api/api-client.ts';
import type { JobKind } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';

export function AddSchedule({ kinds }: { readonly kinds: readonly JobKind[] }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<string | null>('sync');
  const [cron, setCron] = useState('*/5 * * * *');
  const add = useAction(
    (api) =>
      api.send('PUT', `/schedules${pathOf(name)}`, {
        body: { kind, cron, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      }),
    { stale: ['/schedules'], quiet: true, done: `${name} is set`, onDone: () => setName('') },
  );
  return (
    <Section title="Do something at set times">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Name"
            required
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <Select
            label="Job"
            data={kinds.filter(({ ownRoute }) => ownRoute === null).map((each) => each.kind)}
            value={kind}
            onChange={setKind}
            allowDeselect={false}
          />
          <TextInput
            label="When (cron, in your zone)"
            required
            value={cron}
            onChange={({ currentTarget }) => setCron(currentTarget.value)}
          />
          <Button type="submit" loading={add.isPending}>
            Set
          </Button>
        </Group>
      </form>
      <Refused error={add.error} />
    </Section>
  );
}
