// Everything that pages stand in: theme, reads, routes, and whoever is signed in.

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { BrowserRouter } from 'react-router';
import { ApiClient, Refusal } from '../api/api-client.ts';
import { makeStale } from '../api/make-stale.ts';
import { ApiContext } from '../api/use-api.ts';
import { AsOfProvider } from '../time/as-of.tsx';
import { Entrance } from './entrance.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { theme, variables } from './theme.ts';

/** Refusals stay refusals; only what did not answer is asked again. */
const again = (failures: number, error: Error): boolean =>
  failures < 3 && (!(error instanceof Refusal) || error.status === 0 || error.status >= 502);

function makeClient(): QueryClient {
  // Whoever is refused for having no session is asked to sign in, whatever was read or done.
  const onError = (error: Error): void => {
    if (error instanceof Refusal && error.status === 401 && error.code === 'AUTH_REQUIRED')
      makeStale(client, ['/session']);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, { queryKey: [, path] }) => {
        if (path !== '/session') onError(error);
      },
    }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { retry: again, staleTime: 5_000 }, mutations: { retry: false } },
  });
  return client;
}

export function App() {
  const [api] = useState(() => new ApiClient());
  const [client] = useState(makeClient);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <ErrorBoundary>
        <ApiContext value={api}>
          <QueryClientProvider client={client}>
            <BrowserRouter>
              <AsOfProvider>
                <Entrance />
              </AsOfProvider>
            </BrowserRouter>
          </QueryClientProvider>
        </ApiContext>
      </ErrorBoundary>
    </MantineProvider>
  );
}
