import { SimpleGrid } from '@mantine/core';
import type { Overview } from '../../api/types.ts';
import { countText } from '../../components/numbers.ts';
import { Status } from '../../components/status.tsx';
import { agoText, clockText } from '../../components/when.tsx';
import { Figure } from './figure.tsx';

/** Of the class that is worst off. */
function backupState({ newest, newestProven, classes }: Overview['backup']) {
  if (newest === null) return { tone: 'warning', word: 'no backup yet' } as const;
  const late = classes.filter(({ ok }) => ok === false);
  if (late.length > 0)
    return { tone: 'bad', word: `late: ${late.map((each) => each.class).join(', ')}` } as const;
  if (newestProven === null) return { tone: 'warning', word: 'none is proven' } as const;
  return {
    tone: 'good',
    word: `proven ${clockText(newestProven.provenAt ?? newestProven.createdAt)}`,
  } as const;
}

export function Figures({ overview }: { readonly overview: Overview }) {
  const { sources, drift, backup, today, jobs, records, plans, gaps } = overview;
  const state = backupState(backup);
  const changed = today.created + today.updated + today.deleted;
  return (
    <SimpleGrid cols={{ base: 2, md: 3, xl: 6 }} spacing="sm">
      <Figure label="Sources" to="/sources" figure={countText(sources.total)}>
        {sources.failing > 0 ? (
          <Status tone="bad" word={`${sources.failing} not read in full`} />
        ) : sources.total === 0 ? (
          <Status tone="quiet" word="none connected" />
        ) : (
          <Status tone="good" word="all read" />
        )}
      </Figure>
      <Figure label="Open drift" to="/drift" figure={countText(drift.open)}>
        {drift.open === 0 ? (
          <Status
            tone={drift.lastRun === null ? 'quiet' : 'good'}
            word={drift.lastRun === null ? 'never compared' : 'as desired'}
          />
        ) : (
          <Status
            tone={drift.critical > 0 ? 'bad' : 'warning'}
            word={`${drift.critical} critical, ${drift.warning} warning`}
          />
        )}
      </Figure>
      <Figure
        label="Backup"
        to="/backups"
        figure={backup.newest === null ? '–' : agoText(backup.newest.createdAt)}
      >
        <Status {...state} />
      </Figure>
      <Figure label="Changed today (UTC)" to="/timeline" figure={countText(changed)}>
        <span className="hf-number">
          +{countText(today.created)} ~{countText(today.updated)} −{countText(today.deleted)}
        </span>
      </Figure>
      <Figure label="Jobs" to="/jobs" figure={countText(jobs.running + jobs.queued)}>
        {jobs.failedToday > 0 ? (
          <Status tone="bad" word={`${jobs.failedToday} failed in 24 h`} />
        ) : (
          <Status tone="good" word="none failed" />
        )}
      </Figure>
      <Figure label="Records" to="/inventory" figure={countText(records)}>
        {gaps > 0 ? (
          <Status tone="warning" word={gaps === 1 ? 'a gap in history' : `${gaps} gaps in history`} />
        ) : plans.open > 0 ? (
          <Status tone="info" word={plans.open === 1 ? 'a plan waits' : `${plans.open} plans wait`} />
        ) : (
          <Status tone="good" word="history whole" />
        )}
      </Figure>
    </SimpleGrid>
  );
}
