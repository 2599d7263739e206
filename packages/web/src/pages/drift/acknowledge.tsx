import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Drift } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Refused } from '../../components/refused.tsx';

interface Outcome {
  readonly failed: number;
  readonly items: readonly { readonly error?: { readonly message: string } }[];
}

const day = 86_400_000;
const spans = [
  { value: '', label: 'for good' },
  { value: '1', label: 'a day' },
  { value: '7', label: 'a week' },
  { value: '30', label: '30 days' },
];

export function Acknowledge({ item, onClose }: { readonly item: Drift; readonly onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [days, setDays] = useState<string | null>('');
  const { resource, id, path } = item;
  const acknowledge = useAction(
    async (api) => {
      const until = days ? { until: new Date(Date.now() + Number(days) * day).toISOString() } : {};
      const outcome = await api.post<Outcome>('/drift/acknowledge', {
        ...{ items: [{ resource, id, path }], ...until },
        ...(reason === '' ? {} : { reason }),
      });
      if (outcome.failed > 0) throw new Error(outcome.items[0]?.error?.message ?? 'it was refused');
    },
    { stale: ['/drift', '/overview', '/resources'], quiet: true, done: 'Acknowledged', onDone: onClose },
  );
  return (
    <Dialog opened onClose={onClose} title="Acknowledge a difference">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          acknowledge.mutate();
        }}
      >
        <Stack>
          <Text size="sm">
            {path} of {resource} {id} may differ. It stays listed as acknowledged, and counts no longer as
            open.
          </Text>
          <TextInput
            label="Reason"
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
            data-autofocus
          />
          <Select label="How long" data={spans} value={days} onChange={setDays} allowDeselect={false} />
          <Refused error={acknowledge.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" loading={acknowledge.isPending}>
              Acknowledge it
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
