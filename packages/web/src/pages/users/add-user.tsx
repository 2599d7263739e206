import { Button, Group, PasswordInput, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAction } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';

const none = { username: '', password: '', role: 'viewer' };

export function AddUser() {
  const [given, setGiven] = useState(none);
  const add = useAction((api) => api.post('/users', given), {
    ...{ stale: ['/users'], quiet: true, done: `${given.username} may sign in` },
    onDone: () => setGiven(none),
  });
  const put = (part: Partial<typeof given>): void => setGiven({ ...given, ...part });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Group align="flex-end" gap="xs" mb="xs">
        <TextInput
          label="New user"
          required
          autoComplete="off"
          value={given.username}
          onChange={({ currentTarget }) => put({ username: currentTarget.value })}
        />
        <PasswordInput
          label="Password (10 or more)"
          required
          autoComplete="new-password"
          w={180}
          value={given.password}
          onChange={({ currentTarget }) => put({ password: currentTarget.value })}
        />
        <Select
          label="Role"
          data={['viewer', 'operator', 'admin']}
          value={given.role}
          allowDeselect={false}
          w={120}
          onChange={(role) => put({ role: role ?? 'viewer' })}
        />
        <Button type="submit" loading={add.isPending}>
          Add
        </Button>
      </Group>
      <Refused error={add.error} />
    </form>
  );
}
