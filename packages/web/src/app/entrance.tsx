// Who may go on: the first admin is made, then sessions are asked for, then the pages are shown.

import { Center, Container, Loader } from '@mantine/core';
import { Refusal } from '../api/api-client.ts';
import { useApi, useRead, useSession } from '../api/use-api.ts';
import { Refused } from '../components/refused.tsx';
import { SetUp } from '../pages/sign-in/set-up.tsx';
import { SignIn } from '../pages/sign-in/sign-in.tsx';
import { Shell } from './shell.tsx';

export function Entrance() {
  const api = useApi();
  const session = useSession();
  const refused = session.error instanceof Refusal ? session.error : undefined;
  const setup = useRead<{ needed: boolean; oidc?: boolean }>('/setup', undefined, {
    enabled: refused?.status === 401,
  });
  if (refused?.status === 401) {
    if (setup.data?.needed) return <SetUp />;
    if (setup.data !== undefined) return <SignIn elsewhere={setup.data.oidc ?? false} />;
  }
  if (session.data !== undefined && refused?.status !== 401) {
    api.csrf = session.data.csrf;
    return <Shell session={session.data} />;
  }
  const error = setup.error ?? (refused?.status === 401 ? null : session.error);
  if (error)
    return (
      <Container size="sm" py="xl" component="main">
        <Refused error={error} onRetry={() => void session.refetch()} />
      </Container>
    );
  return (
    <Center h="100dvh">
      <Loader role="status" aria-label="Loading" />
    </Center>
  );
}
