// What one record should be, and where it is not.

import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Refusal } from '../../api/api-client.ts';
import type { Desired } from '../../api/types.ts';
import { useAction, useMay, useRead } from '../../api/use-api.ts';
import { Ask } from '../../components/ask.tsx';
import { Empty } from '../../components/empty.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';
import { DriftTable } from '../drift/drift-table.tsx';
import { EditDesired } from './edit-desired.tsx';

export function DesiredState({ path }: { readonly path: string }) {
  const [clearing, setClearing] = useState(false);
  const [editing, setEditing] = useState(false);
  const may = useMay('operator');
  const read = useRead<Desired>(`${path}/desired`);
  const stale = [path, '/drift', '/overview'];
  const take = useAction((api) => api.send('PUT', `${path}/desired`, { body: { fromActual: true } }), {
    stale,
    done: 'It is desired as it is now',
  });
  const clear = useAction((api) => api.send('DELETE', `${path}/desired`), {
    ...{ stale, quiet: true, done: 'Nothing is desired of it any more' },
    onDone: () => setClearing(false),
  });
  const none = read.error instanceof Refusal && read.error.status === 404;
  const actions = may && (
    <Group gap="xs">
      <Button variant="default" loading={take.isPending} onClick={() => take.mutate()}>
        Desire it as it is now
      </Button>
      <Button variant="default" onClick={() => setEditing(true)}>
        Set by hand
      </Button>
    </Group>
  );
  const editor = editing && (
    <EditDesired
      path={path}
      before={none ? undefined : read.data?.desired?.properties}
      onClose={() => setEditing(false)}
    />
  );
  if (none)
    return (
      <Stack align="center">
        <Empty icon="drift" title="Nothing is desired of this record">
          With a desired state it is compared, and what differs shows as drift.
        </Empty>
        {actions}
        {editor}
      </Stack>
    );
  return (
    <Loaded read={read}>
      {({ desired, items }) => (
        <Stack>
          <Section title="Drift">
            {items.length === 0 ? (
              <Text size="sm">It is as desired, as far as it was compared.</Text>
            ) : (
              <DriftTable items={items} />
            )}
          </Section>
          <Section title="Desired state" actions={actions}>
            {desired === null ? (
              <Text size="sm">Declared elsewhere.</Text>
            ) : (
              <Stack gap="xs">
                <Text size="sm" c="dimmed">
                  set by {desired.setBy}, <When at={desired.updatedAt} ago />
                  {desired.ignore.length > 0 && `; not compared: ${desired.ignore.join(', ')}`}
                </Text>
                <JsonView value={desired.properties} label="Desired properties" />
                {may && (
                  <Group>
                    <Button variant="default" onClick={() => setClearing(true)}>
                      Desire nothing
                    </Button>
                  </Group>
                )}
              </Stack>
            )}
          </Section>
          {editor}
          {clearing && (
            <Ask
              title="Desire nothing of this record"
              action="Clear it"
              busy={clear.isPending}
              error={clear.error}
              onYes={() => clear.mutate()}
              onClose={() => setClearing(false)}
            >
              Its drift is resolved by that, and it is not compared any more.
            </Ask>
          )}
        </Stack>
      )}
    </Loaded>
  );
}
