// The lines a job writes: the newest of each are kept.

import { type Instant, now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import type { Repositories } from '../store/repository.ts';
import { jobLogs } from '../system/tables.ts';

export type JobLogRecord = Row<typeof jobLogs>;
export type JobLogLevel = JobLogRecord['level'];

export interface JobLogLine {
  readonly at: Instant;
  readonly level: JobLogLevel;
  readonly message: string;
}

/** Lines kept of one job. */
export const keptLines = 1_000;
const longest = 2_000;

export const logLine = (level: JobLogLevel, message: string, at: Instant = now()): JobLogLine => ({
  at,
  level,
  message: clipped(message),
});

/** NUL is not text everywhere, and half a character nowhere. */
function clipped(message: string): string {
  const whole = message.replaceAll('\0', '\u2400').toWellFormed();
  return whole.length > longest ? `${whole.slice(0, longest - 1).toWellFormed()}\u2026` : whole;
}

/** Adds lines after those there are; call it in a transaction. Only the newest 1,000 stay. */
export async function appendJobLog(
  repositories: Repositories,
  jobId: string,
  lines: readonly JobLogLine[],
): Promise<void> {
  if (lines.length === 0) return;
  const repository = repositories.repository(jobLogs);
  const { items } = await repository.list({ where: { jobId }, orderBy: [['line', 'desc']], limit: 1 });
  const first = (items[0]?.line ?? 0) + 1;
  const numbered = lines.map((line, index) => ({ jobId, line: first + index, ...line }));
  await repository.insertMany(numbered.slice(-keptLines));
  const last = first + lines.length - 1;
  if (last > keptLines) await repository.deleteMany({ jobId, line: { lte: last - keptLines } });
}

/** The newest lines, oldest of them first. @param limit 1 to 1,000 */
export async function jobLog(
  repositories: Repositories,
  jobId: string,
  limit = 100,
): Promise<JobLogRecord[]> {
  const { items } = await repositories
    .repository(jobLogs)
    .list({ where: { jobId }, orderBy: [['line', 'desc']], limit });
  return items.reverse();
}
