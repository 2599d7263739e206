// Reads and actions of the API as hooks. A read is known by its path, so that events can make it stale.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { tellDone, tellRefusal } from '../components/tell.tsx';
import type { ApiClient, Query } from './api-client.ts';
import { makeStale } from './make-stale.ts';
import type { Page, Role, Session } from './types.ts';

export const ApiContext = createContext<ApiClient | null>(null);

export function useApi(): ApiClient {
  const api = use(ApiContext);
  if (api === null) throw new Error('no ApiContext');
  return api;
}

export interface ReadOptions {
  readonly enabled?: boolean;
  /** Milliseconds between two reads, where no event tells of news. */
  readonly every?: number;
}

export function useRead<Answer>(path: string, query?: Query, { enabled = true, every }: ReadOptions = {}) {
  const api = useApi();
  return useQuery({
    queryKey: ['api', path, query ?? null],
    queryFn: ({ signal }) => api.get<Answer>(path, { query, signal }),
    enabled,
    ...(every === undefined ? {} : { refetchInterval: every }),
  });
}

/** All pages read so far as one list. */
export function usePages<Item, Whole extends Page<Item> = Page<Item>>(path: string, query: Query = {}) {
  const api = useApi();
  const pages = useInfiniteQuery({
    queryKey: ['api', path, { ...query, pages: true }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      api.get<Whole>(path, { query: { limit: 100, ...query, after: pageParam }, signal }),
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: (before) => before,
  });
  return {
    ...pages,
    items: pages.data?.pages.flatMap(({ items }) => items) ?? [],
    first: pages.data?.pages[0],
  };
}

export interface ActionOptions<Answer> {
  /** Paths whose reads it makes stale. */
  readonly stale?: readonly string[];
  /** What is told once it is done. */
  readonly done?: string;
  readonly onDone?: (answer: Answer) => void;
  /** Refusals are shown where it was asked for, and not told beside it. */
  readonly quiet?: boolean;
}

export function useAction<Given = void, Answer = unknown>(
  act: (api: ApiClient, given: Given) => Promise<Answer>,
  { stale = [], done, onDone, quiet = false }: ActionOptions<Answer> = {},
) {
  const api = useApi();
  const client = useQueryClient();
  return useMutation<Answer, Error, Given>({
    mutationFn: (given) => act(api, given),
    onSuccess(answer) {
      makeStale(client, stale);
      if (done !== undefined) tellDone(done);
      onDone?.(answer);
    },
    onError(error) {
      if (!quiet) tellRefusal(error);
    },
  });
}

const ranks: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

export const useSession = () => useRead<Session>('/session');

/** Whether the one signed in may do what takes this role. */
export function useMay(role: Role): boolean {
  const { data } = useSession();
  return data !== undefined && ranks[data.role] >= ranks[role];
}
