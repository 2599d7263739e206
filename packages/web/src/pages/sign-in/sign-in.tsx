import { Button, Divider, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { Refusal } from '../../api/api-client.ts';
import { Refused } from '../../components/refused.tsx';
import { Card } from './card.tsx';
import { useEntering } from './use-entering.ts';

/** @param elsewhere whether an OpenID provider may say who one is */
export function SignIn({ elsewhere }: { readonly elsewhere: boolean }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const enter = useEntering('/session');
  const failed = useSearchParams()[0].get('sign_in');
  return (
    <Card title="Sign in to Holdfast">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate({ username, password });
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            size="sm"
            autoComplete="username"
            required
            value={username}
            onChange={({ currentTarget }) => setUsername(currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            size="sm"
            autoComplete="current-password"
            required
            value={password}
            onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          />
          <Refused error={enter.error} />
          <Button type="submit" size="sm" loading={enter.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
      {elsewhere && (
        <>
          {failed !== null && (
            <Refused
              error={
                new Refusal(401, {
                  code: failed,
                  message: 'signing in with OpenID failed',
                  hint: 'The log of the server says why',
                })
              }
            />
          )}
          <Divider label="or" />
          <Button component="a" href="/api/v1/session/oidc" variant="default" size="sm">
            Sign in with OpenID
          </Button>
        </>
      )}
    </Card>
  );
}
