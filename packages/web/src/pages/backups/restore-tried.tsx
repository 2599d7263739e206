// The second step: what the dry run counted, or why it was refused; then consent to exactly that.

import { Alert, Button, Group, List, PasswordInput, Stack } from '@mantine/core';
import { useState } from 'react';
import { Refusal } from '../../api/api-client.ts';
import type { Job, JobError, Plan } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Icon } from '../../components/icon.tsx';
import { useJob } from '../../components/job-state.tsx';
import { PlanView } from '../../components/plan-view.tsx';
import { Refused } from '../../components/refused.tsx';
import { RestoreReport, type RestoreResult } from './restore-report.tsx';

interface Gate {
  readonly gate: string;
  readonly ok: boolean;
  readonly reason?: string;
}

/** All that stood against it, not only the first. */
function Gates({ error }: { readonly error: JobError }) {
  const gates = ((error.details?.['gates'] ?? []) as readonly Gate[]).filter(({ ok }) => !ok);
  if (gates.length < 2) return null;
  return (
    <List size="sm">
      {gates.map(({ gate, reason }) => (
        <List.Item key={gate}>{reason}</List.Item>
      ))}
    </List>
  );
}

interface RestoreTriedProps {
  readonly id: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onBack: () => void;
  readonly onPassphrase: (passphrase: string) => void;
  /** Into another database: the confirm of the dry run. */
  readonly onConfirm: (confirm: string) => void;
  /** Into the one that is served: the job that consent began. */
  readonly onBegun: (job: Job) => void;
}

export function RestoreTried(props: RestoreTriedProps) {
  const { id, busy, error, onBack, onPassphrase, onConfirm, onBegun } = props;
  const { job } = useJob(id);
  const result = job?.result as RestoreResult | null | undefined;
  const confirm = result?.confirm;
  const planned = result?.plan?.id ?? null;
  const plan = useRead<Plan>(`/plans/${planned}`, undefined, { enabled: planned !== null });
  const nothing = result != null && confirm === undefined && planned === null;
  return (
    <Stack gap="sm">
      {job?.error != null && /^ARCHIVE_KEY/.test(job.error.code) ? (
        <TypeAgain error={job.error} busy={busy} onPassphrase={onPassphrase} />
      ) : (
        <RestoreReport id={id} />
      )}
      {job?.error != null && <Gates error={job.error} />}
      {nothing && (
        <Alert p="xs" color="teal" icon={<Icon name="ok" />} role="status">
          Everything is there already, as it was asked for: there is nothing to restore.
        </Alert>
      )}
      <Refused error={error} />
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
        {confirm !== undefined && (
          <Button loading={busy} onClick={() => onConfirm(confirm)}>
            Restore exactly this
          </Button>
        )}
      </Group>
    </Stack>
  );
}

interface TypeAgainProps {
  readonly error: JobError;
  readonly busy: boolean;
  readonly onPassphrase: (passphrase: string) => void;
}

/** A mistyped passphrase costs nothing: it is typed again, and the same is tried. */
function TypeAgain({ error, busy, onPassphrase }: TypeAgainProps) {
  const [passphrase, setPassphrase] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onPassphrase(passphrase);
      }}
    >
      <Stack gap="sm">
        <Refused error={new Refusal(0, error)} />
        <PasswordInput
          label="Passphrase, once more"
          description="Everything else stays as it was given"
          required
          autoComplete="off"
          maw={420}
          value={passphrase}
          onChange={({ currentTarget }) => setPassphrase(currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={busy}>
            Try again with it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
