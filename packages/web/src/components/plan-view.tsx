// A plan as it is read before it is agreed to.

import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import type { Job, Plan } from '../api/types.ts';
import { useAction, useMay } from '../api/use-api.ts';
import { Icon } from './icon.tsx';
import { Refused } from './refused.tsx';
import { When } from './when.tsx';

interface PlanViewProps {
  readonly plan: Plan;
  readonly onDone: (job: Job | undefined) => void;
}

const colours: Readonly<Record<string, string>> = { danger: 'red', note: 'blue' };

export function PlanView({ plan, onDone }: PlanViewProps) {
  const may = useMay('operator');
  const stale = ['/plans', '/sources', '/history', '/resources', '/overview'];
  const consent = useAction(
    (api) => api.post<{ job?: Job }>(`/plans/${plan.id}/consent`, { hash: plan.hash }),
    { stale, quiet: true, onDone: ({ job }) => onDone(job) },
  );
  const discard = useAction((api) => api.send('DELETE', `/plans/${plan.id}`), {
    stale,
    quiet: true,
    onDone: () => onDone(undefined),
  });
  return (
    <Stack gap="sm">
      <Text fw={600}>{plan.title}</Text>
      <List type="ordered" size="sm" spacing={4}>
        {plan.steps.map((step) => (
          <List.Item key={step.id}>{step.title}</List.Item>
        ))}
      </List>
      {plan.hazards.map(({ code, what, severity }) => (
        <Alert
          key={code + what}
          color={colours[severity] ?? 'yellow'}
          icon={<Icon name={severity === 'note' ? 'info' : 'warning'} />}
          p="xs"
          title={severity}
        >
          {what}
        </Alert>
      ))}
      <Text size="sm" c="dimmed">
        {typeof plan.wayBack === 'string' ? `Way back: ${plan.wayBack}. ` : ''}
        Can be agreed to until <When at={plan.expiresAt} />.
      </Text>
      <Refused error={consent.error ?? discard.error} />
      <Group justify="flex-end">
        <Button
          variant="default"
          disabled={!may}
          loading={discard.isPending}
          onClick={() => discard.mutate()}
        >
          Discard it
        </Button>
        <Button disabled={!may} loading={consent.isPending} onClick={() => consent.mutate()}>
          Agree and do it
        </Button>
      </Group>
    </Stack>
  );
}
