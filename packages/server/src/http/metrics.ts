// What Prometheus reads: sources, backups, drift, disk, journal, jobs, requests, connections.

import { statfs } from 'node:fs/promises';
import { now, version } from '@holdfast/core';
import { backupState } from '@holdfast/core/retention';
import { driftItems, historyGaps, jobs, runs } from '@holdfast/core/system';
import { buckets } from './http-counts.ts';
import { newestArchives, sourceHealth } from './overview.ts';
import type { ServerContext } from './server-context.ts';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${inside.length === 0 ? '' : `{${inside.join(',')}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n');
}

const seconds = (micros: number): number => micros / 1e6;

export async function metricsText(server: ServerContext): Promise<string> {
  const { store, counts, connections } = server;
  const at = now();
  const health = await sourceHealth(store);
  const { newest, proven } = await newestArchives(store);
  const drift = store.repository(driftItems);
  const work = store.repository(jobs);
  const states = ['queued', 'running', 'failed', 'interrupted'] as const;
  const disk = await statfs(server.data).catch(() => undefined);
  const lastRun = await store.repository(runs).list({ orderBy: [['id', 'desc']], limit: 1 });
  const count = async (severity: 'critical' | 'warning' | 'info'): Promise<Sample> => [
    { severity },
    await drift.count({ state: 'open', severity }),
  ];
  const age = (instant: number | undefined): Sample[] =>
    instant === undefined ? [] : [[{}, seconds(at - instant)]];
  const ofClass = (name: string, instant: number | null): Sample[] =>
    instant === null ? [] : [[{ class: name }, seconds(at - instant)]];
  const classes = await backupState(store, at);
  return `${[
    family('holdfast_info', 'gauge', 'Version and engine.', [[{ version, engine: store.engine.name }, 1]]),
    family('holdfast_source_failing', 'gauge', '1 where the last sweep of a source has incomplete scopes.', [
      ...health.map(
        ({ source, failing }): Sample => [{ source: source.name, domain: source.domain }, failing ? 1 : 0],
      ),
    ]),
    family('holdfast_source_last_sweep_age_seconds', 'gauge', 'Since the last sweep of a source began.', [
      ...health.flatMap(({ source, last }): Sample[] =>
        last === undefined ? [] : [[{ source: source.name }, seconds(at - last.run.startedAt)]],
      ),
    ]),
    family(
      'holdfast_last_sweep_age_seconds',
      'gauge',
      'Since any sweep began.',
      age(lastRun.items[0]?.startedAt),
    ),
    family(
      'holdfast_backup_age_seconds',
      'gauge',
      'Since the newest archive was taken.',
      age(newest?.takenAt),
    ),
    family(
      'holdfast_backup_proven_age_seconds',
      'gauge',
      'Since the newest archive that a test restore has proven was taken.',
      age(proven?.takenAt),
    ),
    family(
      'holdfast_backup_class_age_seconds',
      'gauge',
      'Since the newest archive that has a data class.',
      classes.flatMap(({ class: name, newestAt }) => ofClass(name, newestAt)),
    ),
    family(
      'holdfast_backup_class_behind_seconds',
      'gauge',
      'Of changes of a data class that are in no archive; nothing while nothing changed.',
      classes.flatMap(({ class: name, behindMs }): Sample[] =>
        behindMs === null ? [] : [[{ class: name }, behindMs / 1000]],
      ),
    ),
    family(
      'holdfast_backup_class_proven_age_seconds',
      'gauge',
      'Since a test restore has proven an archive that has a data class.',
      classes.flatMap(({ class: name, provenAt }) => ofClass(name, provenAt)),
    ),
    family(
      'holdfast_backup_class_late',
      'gauge',
      '1 where a data class is further behind than backup schedule allows; none without a schedule.',
      classes.flatMap(({ class: name, ok }): Sample[] =>
        ok === null ? [] : [[{ class: name }, ok ? 0 : 1]],
      ),
    ),
    family('holdfast_backups', 'gauge', '1 where there is any archive.', [
      [{}, newest === undefined ? 0 : 1],
    ]),
    family('holdfast_drift_open', 'gauge', 'Open differences.', [
      await count('critical'),
      await count('warning'),
      await count('info'),
    ]),
    family('holdfast_journal_gaps_open', 'gauge', 'Tables whose changes may go unseen.', [
      [{}, await store.repository(historyGaps).count({ until: null })],
    ]),
    family('holdfast_jobs', 'gauge', 'Jobs by state; failed and interrupted ones of the last day.', [
      ...(await Promise.all(
        states.map(async (state): Promise<Sample> => {
          const over = state === 'failed' || state === 'interrupted';
          const recent = over ? { finishedAt: { gte: at - 86_400_000_000 } } : {};
          return [{ state }, await work.count({ state, ...recent })];
        }),
      )),
    ]),
    family(
      'holdfast_disk_free_bytes',
      'gauge',
      'Free where the data folder is.',
      disk === undefined ? [] : [[{}, disk.bavail * disk.bsize]],
    ),
    family(
      'holdfast_disk_total_bytes',
      'gauge',
      'Size of that disk.',
      disk === undefined ? [] : [[{}, disk.blocks * disk.bsize]],
    ),
    family('holdfast_connections', 'gauge', 'Those who follow events.', [
      [{ as: 'viewer' }, connections.count('viewer')],
      [{ as: 'controller' }, connections.count('controller')],
    ]),
    family('holdfast_connections_dropped_total', 'counter', 'Disconnected because they did not read.', [
      [{}, connections.dropped],
    ]),
    family(
      'holdfast_redis_up',
      'gauge',
      '1 while other servers are told by Redis; none where it is not configured.',
      server.fanout === undefined ? [] : [[{}, server.fanout.state === 'ok' ? 1 : 0]],
    ),
    family(
      'holdfast_redis_heard_total',
      'counter',
      'What other servers told by Redis.',
      server.fanout === undefined ? [] : [[{}, server.fanout.heard]],
    ),
    family('holdfast_commands_total', 'counter', 'Commands of the command line that were done here.', [
      [{}, server.commandsTaken()],
    ]),
    family('holdfast_http_requests_total', 'counter', 'Requests by route and status.', [
      ...[...counts.requests].map(([key, value]): Sample => {
        const [method, route, status] = key.split(' ');
        return [{ method: method!, route: route!, status: status! }, value];
      }),
    ]),
    histogram(counts.timing),
    family('holdfast_resident_memory_bytes', 'gauge', 'Of this process.', [[{}, process.memoryUsage.rss()]]),
    family('holdfast_uptime_seconds', 'gauge', 'Of this process.', [[{}, Math.round(process.uptime())]]),
  ].join('\n')}\n`;
}

function histogram({ counts, sum, total }: ServerContext['counts']['timing']): string {
  const name = 'holdfast_http_request_seconds';
  let below = 0;
  const lines = buckets.map((most, index) => {
    below += counts[index]!;
    return `${name}_bucket{le="${most}"} ${below}`;
  });
  return [
    `# HELP ${name} How long requests took.`,
    `# TYPE ${name} histogram`,
    ...lines,
    `${name}_bucket{le="+Inf"} ${total}`,
    `${name}_sum ${sum}`,
    `${name}_count ${total}`,
  ].join('\n');
}
