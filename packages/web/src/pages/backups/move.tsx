// The served database to another engine, or another place: tried, agreed to, followed by the server.

import { Alert, Button, Group, NumberInput, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Job, Plan, ServerFacts } from '../../api/types.ts';
import { useAction, useRead } from '../../api/use-api.ts';
import { Icon } from '../../components/icon.tsx';
import { FollowJob, useJob } from '../../components/job-state.tsx';
import { countText, lengthText } from '../../components/numbers.ts';
import { PlainTable } from '../../components/plain-table.tsx';
import { PlanView } from '../../components/plan-view.tsx';
import { Refused } from '../../components/refused.tsx';
import { Section } from '../../components/section.tsx';
import { Nearest } from './nearest.tsx';
import { type Loss, Losses } from './restore-report.tsx';

interface MoveResult {
  readonly dryRun: boolean;
  readonly from: string;
  readonly to: string;
  readonly recordsRestored: number;
  readonly warnings: readonly string[];
  readonly losses: readonly Loss[];
  readonly tables: readonly { readonly table: string; readonly inserted: number; readonly lossy: number }[];
  readonly freezeMs: number | null;
  readonly rounds: number;
  readonly digest: string;
  readonly durationMs: number;
  readonly plan: { readonly id: string };
}

function Moved({ result }: { readonly result: MoveResult }) {
  const { dryRun, from, to, recordsRestored, freezeMs, durationMs, tables, losses, warnings, digest } =
    result;
  return (
    <Stack gap="sm">
      <Alert p="xs" color="teal" icon={<Icon name="ok" />} role="status">
        {dryRun ? (
          <>
            {countText(recordsRestored)} rows would move to {to}. Nothing was written.
          </>
        ) : (
          <>
            {countText(recordsRestored)} rows moved to {to} in {lengthText(durationMs)}; writers waited{' '}
            {freezeMs === null ? 'not at all' : lengthText(freezeMs)}. {from} stays as it was, and takes no
            more writes.
          </>
        )}
      </Alert>
      {warnings.map((warning) => (
        <Text key={warning} size="sm">
          {warning}
        </Text>
      ))}
      <Losses losses={losses} />
      <div className="hf-scroll-y">
        <PlainTable
          label="Tables"
          heads={['table', 'rows', 'lossy']}
          rows={tables
            .filter(({ inserted }) => inserted > 0)
            .toSorted((one, other) => other.inserted - one.inserted)
            .map(({ table, inserted, lossy }) => ({
              key: table,
              cells: [table, countText(inserted), lossy === 0 ? '–' : countText(lossy)],
            }))}
        />
      </div>
      <Text size="xs" c="dimmed" className="hf-wrap">
        digest {digest}
      </Text>
    </Stack>
  );
}

interface TriedProps {
  readonly id: string;
  readonly onBack: () => void;
  readonly onBegun: (job: Job) => void;
}

function Tried({ id, onBack, onBegun }: TriedProps) {
  const { job } = useJob(id);
  const result = job?.result as MoveResult | null | undefined;
  const planned = result?.plan.id;
  const plan = useRead<Plan>(`/plans/${planned}`, undefined, { enabled: planned !== undefined });
  return (
    <Stack gap="sm">
      {result ? <Moved result={result} /> : <FollowJob id={id} />}
      {plan.data !== undefined && (
        <PlanView
          plan={plan.data}
          onDone={(begun) => {
            if (begun === undefined) onBack();
            else onBegun(begun);
          }}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onBack}>
          Change what was given
        </Button>
      </Group>
    </Stack>
  );
}

function Done({ id }: { readonly id: string }) {
  const { job } = useJob(id);
  const result = job?.result as MoveResult | null | undefined;
  if (result) return <Moved result={result} />;
  return (
    <Stack gap="sm">
      <FollowJob id={id} />
      <Alert p="xs" icon={<Icon name="info" />}>
        Everything is copied while it is used. At the end writers wait for the last changes, then the server
        goes on at the new place under this address: for some seconds it does not answer, and this page goes
        on by itself.
      </Alert>
    </Stack>
  );
}

export function Move() {
  const [to, setTo] = useState('');
  const [freezeMs, setFreezeMs] = useState(2_000);
  const [nearest, setNearest] = useState(false);
  const [tried, setTried] = useState<string>();
  const [done, setDone] = useState<string>();
  const server = useRead<ServerFacts>('/server');
  const ask = useAction(
    (api) => api.post<{ job: Job }>('/move', { to, freezeMs, ...(nearest ? { lossy: 'nearest' } : {}) }),
    { stale: ['/jobs'], quiet: true, onDone: ({ job }) => setTried(job.id) },
  );
  return (
    <Section title="Move to another engine">
      {done !== undefined ? (
        <Done id={done} />
      ) : tried !== undefined ? (
        <Tried id={tried} onBack={() => setTried(undefined)} onBegun={(job) => setDone(job.id)} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            ask.mutate();
          }}
        >
          <Stack gap="sm">
            <Text size="sm">
              It is served from{' '}
              {server.data === undefined ? '…' : `${server.data.engine}, ${server.data.location}`}. A dry run
              comes first; nothing moves before your consent, and every row is compared before the server
              follows.
            </Text>
            <PasswordInput
              label="To"
              description="postgres://USER:PASSWORD@HOST/NAME, mysql://… or sqlite:NAME in the data folder; new or empty"
              required
              autoComplete="off"
              maw={560}
              value={to}
              onChange={({ currentTarget }) => setTo(currentTarget.value)}
            />
            <NumberInput
              label="Writers wait at most (ms)"
              description="Else it is given up, and nothing has moved"
              min={100}
              max={60_000}
              maw={260}
              value={freezeMs}
              onChange={(value) => setFreezeMs(Number(value))}
            />
            <Nearest checked={nearest} onChange={setNearest} />
            <Refused error={ask.error} />
            <Group justify="flex-end">
              <Button type="submit" loading={ask.isPending}>
                Dry run
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Section>
  );
}
