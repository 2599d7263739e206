import { Alert, Anchor } from '@mantine/core';
import { Link } from 'react-router';
import type { Page, Plan } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Icon } from '../../components/icon.tsx';

/** Sweeps that would have changed more than they may unasked. */
export function HeldBack() {
  const { data } = useRead<Page<Plan>>('/plans', { kind: 'sweep', state: 'open' });
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Alert color="yellow" icon={<Icon name="warning" />} title="A sweep is held back and waits for consent">
      {data.items.map((plan) => (
        <div key={plan.id}>
          <Anchor component={Link} to="/sources" size="sm">
            {plan.title}
          </Anchor>
        </div>
      ))}
    </Alert>
  );
}
