// What can be done with all picked records at once.

import { Button, Group, Paper, Text } from '@mantine/core';
import { useState } from 'react';
import { pathOf } from '../../api/api-client.ts';
import type { Resource } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';
import { Ask } from '../../components/ask.tsx';

interface BulkBarProps {
  readonly resource: Resource;
  readonly picked: ReadonlySet<string>;
  readonly onDone: () => void;
}

/** Records of one request: the API takes 1000. */
const batch = 1_000;

export function BulkBar({ resource, picked, onDone }: BulkBarProps) {
  const [asking, setAsking] = useState(false);
  const path = `/resources${pathOf(resource.resource)}`;
  const ids = [...picked];
  const desire = useAction(
    async (api) => {
      for (const id of ids)
        await api.send('PUT', `${path}${pathOf(id)}/desired`, { body: { fromActual: true } });
    },
    { done: `${ids.length} desired as they are now`, stale: [path, '/drift'], onDone },
  );
  const remove = useAction(
    async (api) => {
      for (let from = 0; from < ids.length; from += batch)
        await api.post(`${path}/bulk`, {
          // Whatever version they are of: the timeline keeps what they were.
          operations: ids.slice(from, from + batch).map((id) => ({ op: 'delete', id, ifMatch: '*' })),
        });
    },
    {
      ...{ done: `${ids.length} deleted`, stale: [path, '/history'], quiet: true },
      onDone: () => {
        setAsking(false);
        onDone();
      },
    },
  );
  if (ids.length === 0) return null;
  return (
    <Paper withBorder p="xs">
      <Group gap="sm">
        <Text size="sm" fw={600}>
          {ids.length} picked
        </Text>
        {resource.managed && (
          <Button
            variant="default"
            size="compact-sm"
            loading={desire.isPending}
            onClick={() => desire.mutate()}
          >
            Desire them as they are
          </Button>
        )}
        {resource.editable && (
          <Button variant="default" size="compact-sm" onClick={() => setAsking(true)}>
            Delete
          </Button>
        )}
        <Button variant="subtle" size="compact-sm" onClick={onDone}>
          Pick none
        </Button>
      </Group>
      {asking && (
        <Ask
          title={ids.length === 1 ? 'Delete a record' : `Delete ${ids.length} records`}
          action="Delete them"
          danger
          busy={remove.isPending}
          error={remove.error}
          onYes={() => remove.mutate()}
          onClose={() => setAsking(false)}
        >
          All of them or none. The timeline keeps them, and can undo it.
        </Ask>
      )}
    </Paper>
  );
}
