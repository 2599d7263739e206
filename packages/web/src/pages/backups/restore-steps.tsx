// A restore in steps: where to and what, tried to the end without a write, then done with consent to exactly that.

import { Alert, Button, Group, Stack, Stepper } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Job } from '../../api/types.ts';
import { useAction, useMay } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Icon } from '../../components/icon.tsx';
import { Section } from '../../components/section.tsx';
import { bodyOf, type Choice, firstChoice, type Subject } from './restore-choice.ts';
import { RestoreForm } from './restore-form.tsx';
import { RestoreReport } from './restore-report.tsx';
import { RestoreTried } from './restore-tried.tsx';

const titles = ['What and where to', 'Dry run', 'Restore'] as const;

export function RestoreSteps({ subject }: { readonly subject: Subject }) {
  const [choice, setChoice] = useState<Choice>(firstChoice(subject));
  const [tried, setTried] = useState<string>();
  const [done, setDone] = useState<string>();
  const admin = useMay('admin');
  const ask = useAction(
    (api, body: Readonly<Record<string, unknown>>) => api.post<{ job: Job }>('/restore', body),
    { stale: ['/jobs'], quiet: true },
  );
  const dryRun = (of: Choice): void => {
    const more = of.destination === 'elsewhere' ? { dryRun: true } : {};
    const body = { ...bodyOf(subject, of), ...more };
    ask.mutate(body, { onSuccess: ({ job }) => setTried(job.id) });
  };
  if (!admin) return <Empty icon="lock" title="Restores are for admins" />;
  const step = done !== undefined ? 2 : tried !== undefined ? 1 : 0;
  return (
    <Section title={titles[step]}>
      <Stack>
        <Stepper active={step} size="xs" aria-label="Steps of the restore">
          {titles.map((title) => (
            <Stepper.Step key={title} label={title} />
          ))}
        </Stepper>
        {done !== undefined ? (
          <>
            {choice.destination === 'replace' && (
              <Alert p="xs" icon={<Icon name="info" />}>
                The server goes on with what was built, at the same address. Sessions do not outlive that:
                sign in as a user of the archive.
              </Alert>
            )}
            <RestoreReport id={done} />
            <Group justify="flex-end">
              <Button component={Link} to="/backups" variant="default">
                Back to the archives
              </Button>
            </Group>
          </>
        ) : tried !== undefined ? (
          <RestoreTried
            key={tried}
            id={tried}
            busy={ask.isPending}
            error={ask.error}
            onBack={() => setTried(undefined)}
            onPassphrase={(passphrase) => {
              setChoice({ ...choice, passphrase });
              dryRun({ ...choice, passphrase });
            }}
            onConfirm={(confirm) =>
              ask.mutate(
                { ...bodyOf(subject, choice), dryRun: false, confirm },
                { onSuccess: ({ job }) => setDone(job.id) },
              )
            }
            onBegun={(job) => setDone(job.id)}
          />
        ) : (
          <RestoreForm
            subject={subject}
            choice={choice}
            busy={ask.isPending}
            error={ask.error}
            onChange={(part) => setChoice({ ...choice, ...part })}
            onTry={() => dryRun(choice)}
          />
        )}
      </Stack>
    </Section>
  );
}
