// What opens a session: its answer is the session, and every read starts anew.

import { useQueryClient } from '@tanstack/react-query';
import type { Session } from '../../api/types.ts';
import { useAction } from '../../api/use-api.ts';

export function useEntering(path: '/session' | '/setup') {
  const client = useQueryClient();
  return useAction((api, body: Readonly<Record<string, string>>) => api.post<Session>(path, body), {
    quiet: true,
    onDone(session) {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[1] !== '/session' });
      client.setQueryData(['api', '/session', null], session);
    },
  });
}
