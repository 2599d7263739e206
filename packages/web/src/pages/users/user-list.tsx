import { Button, Group, Select, Stack, Switch } from '@mantine/core';
import { useState } from 'react';
import { pathOf } from '../../api/api-client.ts';
import type { Page, User } from '../../api/types.ts';
import { useAction, useRead } from '../../api/use-api.ts';
import { Ask } from '../../components/ask.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { When } from '../../components/when.tsx';
import { AddUser } from './add-user.tsx';

const roles = ['viewer', 'operator', 'admin'];

export function UserList() {
  const [removing, setRemoving] = useState<User>();
  const read = useRead<Page<User>>('/users');
  const change = useAction(
    (api, { id, ...body }: { id: string; role?: string; enabled?: boolean }) =>
      api.send('PATCH', `/users${pathOf(id)}`, { body }),
    { stale: ['/users'], done: 'Changed; their sessions are over' },
  );
  const end = useAction((api, id: string) => api.send('DELETE', `/users${pathOf(id)}/sessions`), {
    done: 'Signed out everywhere',
  });
  const remove = useAction((api, id: string) => api.send('DELETE', `/users${pathOf(id)}`), {
    ...{ stale: ['/users'], quiet: true },
    onDone: () => setRemoving(undefined),
  });
  return (
    <Section title="Users">
      <Stack>
        <Loaded read={read}>
          {({ items }) => (
            <PlainTable
              label="Users"
              heads={['name', 'role', 'may sign in', 'last signed in', 'since', '']}
              rows={items.map((user) => ({
                key: user.id,
                cells: [
                  user.displayName === null ? user.username : `${user.displayName} (${user.username})`,
                  <Select
                    key="role"
                    aria-label={`Role of ${user.username}`}
                    data={roles}
                    value={user.role}
                    allowDeselect={false}
                    w={120}
                    onChange={(role) => {
                      if (role !== null && role !== user.role) change.mutate({ id: user.id, role });
                    }}
                  />,
                  <Switch
                    key="on"
                    size="xs"
                    aria-label={`${user.username} may sign in`}
                    checked={user.enabled}
                    onChange={() => change.mutate({ id: user.id, enabled: !user.enabled })}
                  />,
                  <When key="last" at={user.lastLoginAt} ago />,
                  <When key="since" at={user.createdAt} />,
                  <Group key="acts" gap="xs" wrap="nowrap">
                    <Button size="compact-xs" variant="default" onClick={() => end.mutate(user.id)}>
                      Sign out
                    </Button>
                    <Button size="compact-xs" variant="default" onClick={() => setRemoving(user)}>
                      Remove
                    </Button>
                  </Group>,
                ],
              }))}
            />
          )}
        </Loaded>
        <AddUser />
      </Stack>
      {removing !== undefined && (
        <Ask
          title={`Remove ${removing.username}`}
          action="Remove"
          danger
          busy={remove.isPending}
          error={remove.error}
          onYes={() => remove.mutate(removing.id)}
          onClose={() => setRemoving(undefined)}
        >
          Their sessions and tokens end. What they did stays in the audit.
        </Ask>
      )}
    </Section>
  );
}
