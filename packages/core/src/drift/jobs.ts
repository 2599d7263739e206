// Drift runs as jobs, now or on a schedule.

import { HoldfastError } from '../errors.ts';
import type { InPlaceKind } from '../job/kinds.ts';
import { type NewSchedule, putSchedule, type SlotOptions } from '../job/schedules.ts';
import type { Resource } from '../schema/domain.ts';
import { formatInstant } from '../schema/instant.ts';
import type { Repositories } from '../store/repository.ts';
import { type DriftResult, runDrift } from './run.ts';

export interface DriftParams {
  /** As `shelly.device`, or a domain. @default every resource */
  readonly resource?: string | undefined;
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly filter?: unknown;
  readonly maxAgeMs?: number | undefined;
  /** Whoever asked for it. */
  readonly by?: string | undefined;
  /** Name of its schedule. */
  readonly schedule?: string | undefined;
}

/** The kind of job `drift`; its result is `{run, report}`. */
export const driftKind = (resources: readonly Resource[]): InPlaceKind => ({
  kind: 'drift',
  runner: 'in-place',
  async run({ store, params, signal, progress }) {
    const { resource, id, source, filter, maxAgeMs, schedule, by } = params as DriftParams;
    const result = await runDrift(store, {
      ...{ recordId: id, source, filter, maxAgeMs, schedule, signal },
      resources: resource === undefined ? resources : resourcesOf(resources, resource),
      by: by ?? (schedule === undefined ? 'drift' : `schedule/${schedule}`),
      onProgress: ({ resource: phase, done }) => progress({ phase, done }),
    });
    return driftJson(result);
  },
});

/** A run and its report as the command line and the API show them. */
const driftJson = ({ run, report }: DriftResult): Record<string, unknown> => {
  const { oldest, newest, never } = report.confirmed;
  const shown = (at: number | null): string | null => (at === null ? null : formatInstant(at));
  return {
    run: { id: run.id, startedAt: formatInstant(run.startedAt), finishedAt: formatInstant(run.finishedAt) },
    report: { ...report, confirmed: { oldest: shown(oldest), newest: shown(newest), never } },
  };
};

/** One by its name, or all of a domain. @throws RESOURCE_UNKNOWN */
export function resourcesOf(resources: readonly Resource[], name: string): readonly Resource[] {
  const found = resources.filter((each) => each.name === name || each.name.startsWith(`${name}.`));
  if (found.length > 0) return found;
  throw new HoldfastError('RESOURCE_UNKNOWN', `there is no resource ${name}`, {
    hint: `There are ${resources.map((resource) => resource.name).join(', ')}`,
  });
}

/** Stores a schedule of drift runs. @throws SETTING_INVALID */
export const putDriftSchedule = (
  repositories: Repositories,
  { params, ...schedule }: Omit<NewSchedule, 'kind' | 'params'> & { readonly params?: DriftParams },
  options?: SlotOptions,
): Promise<void> =>
  putSchedule(
    repositories,
    { ...schedule, kind: 'drift', params: { ...params, schedule: schedule.name } },
    options,
  );
