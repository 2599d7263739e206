// The first admin: only whoever can read the one-time token on the server becomes one.

import { Button, Code, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Refused } from '../../components/refused.tsx';
import { Card } from './card.tsx';
import { useEntering } from './use-entering.ts';

export function SetUp() {
  const [given, setGiven] = useState({ token: '', username: 'admin', password: '' });
  const enter = useEntering('/setup');
  const put = (part: Partial<typeof given>): void => setGiven({ ...given, ...part });
  return (
    <Card title="Set up Holdfast">
      <Text size="sm">
        There is no admin yet. The server printed a one-time token when it started, and keeps it in the file{' '}
        <Code>setup-token</Code> of its data folder.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate({ ...given, token: given.token.trim() });
        }}
      >
        <Stack>
          <TextInput
            label="One-time token"
            size="sm"
            autoComplete="off"
            required
            value={given.token}
            onChange={({ currentTarget }) => put({ token: currentTarget.value })}
          />
          <TextInput
            label="Name"
            size="sm"
            autoComplete="username"
            required
            value={given.username}
            onChange={({ currentTarget }) => put({ username: currentTarget.value })}
          />
          <PasswordInput
            label="Password"
            description="10 characters or more"
            size="sm"
            autoComplete="new-password"
            required
            value={given.password}
            onChange={({ currentTarget }) => put({ password: currentTarget.value })}
          />
          <Refused error={enter.error} />
          <Button type="submit" size="sm" loading={enter.isPending}>
            Make the first admin
          </Button>
        </Stack>
      </form>
      <Text size="xs" c="dimmed">
        Also possible on the server: holdfast user add NAME --role admin. How to begin is asked next: new,
        from an archive, on a database that is there, or with a demo.
      </Text>
    </Card>
  );
}
