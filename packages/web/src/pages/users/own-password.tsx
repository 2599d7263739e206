import { Button, Group, PasswordInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Session } from '../../api/types.ts';
import { useAction, useApi } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';

export function OwnPassword() {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const api = useApi();
  const client = useQueryClient();
  const change = useAction(
    () => api.send<Session>('PUT', '/session/password', { body: { current, password } }),
    {
      ...{ quiet: true, done: 'Changed; all other sessions of yours are over' },
      onDone(session) {
        api.csrf = session.csrf;
        client.setQueryData(['api', '/session', null], session);
        setCurrent('');
        setPassword('');
      },
    },
  );
  return (
    <Section title="My password">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Group align="flex-end" gap="xs" mb="xs">
          <PasswordInput
            label="The one until now"
            required
            w={200}
            autoComplete="current-password"
            value={current}
            onChange={({ currentTarget }) => setCurrent(currentTarget.value)}
          />
          <PasswordInput
            label="The new one (10 or more)"
            required
            w={200}
            autoComplete="new-password"
            value={password}
            onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          />
          <Button type="submit" loading={change.isPending}>
            Change
          </Button>
        </Group>
      </form>
      <Refused error={change.error} />
    </Section>
  );
}
