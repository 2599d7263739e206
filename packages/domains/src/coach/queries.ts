// What is asked of a coach: its entities by kind and area, what changed since, and what stands against a change
// while people may be in its way.

import type { Instant, ListOptions, Page, Repositories, Row } from '@holdfast/core';
import { coachEntities, coachInterlocks, coachStates } from './tables.ts';

export type CoachEntity = Row<typeof coachEntities>;
export type CoachState = Row<typeof coachStates>;
export type CoachInterlock = Row<typeof coachInterlocks>;

export interface EntityFilter {
  readonly deviceType?: string;
  readonly suggestedArea?: string;
}

/** One page of a coach's entities, those that are gone left out. */
export const findEntities = (
  repositories: Repositories,
  source: string,
  filter: EntityFilter = {},
  page: Pick<ListOptions<typeof coachEntities>, 'limit' | 'after'> = {},
): Promise<Page<CoachEntity>> =>
  repositories.repository(coachEntities).list({ where: { source, ...filter, absentSince: null }, ...page });

/** One page of the states that changed at or after an instant, the oldest change first. */
export const statesSince = (
  repositories: Repositories,
  since: Instant,
  page: Pick<ListOptions<typeof coachStates>, 'limit' | 'after'> = {},
): Promise<Page<CoachState>> =>
  repositories
    .repository(coachStates)
    .list({ where: { updatedAt: { gte: since } }, orderBy: [['updatedAt']], ...page });

/** Entities that move or are commanded, or of which that is not known. */
export const activeOperations = async (repositories: Repositories, source: string): Promise<CoachState[]> =>
  (
    await repositories
      .repository(coachStates)
      .list({ where: { source, operation: { ne: 'idle' } }, limit: 10_000 })
  ).items;

/** Interlocks that do not hold, or of which that is not known, and that nobody has overridden at that instant. */
export const openInterlocks = async (
  repositories: Repositories,
  source: string,
  at: Instant,
): Promise<CoachInterlock[]> =>
  (
    await repositories.repository(coachInterlocks).list({
      where: {
        source,
        state: { ne: 'satisfied' },
        or: [{ overrideExpiresAt: null }, { overrideExpiresAt: { lte: at } }],
      },
      limit: 10_000,
    })
  ).items;
