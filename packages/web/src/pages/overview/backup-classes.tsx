import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import type { ClassState } from '../../api/types.ts';
import { Section } from '../../components/section.tsx';
import { ClassStates } from '../backups/class-states.tsx';

export function BackupClasses({ classes }: { readonly classes: readonly ClassState[] }) {
  const unscheduled = classes.some(({ policyMs }) => policyMs === null);
  return (
    <Section
      title="Backups by data class"
      actions={
        <Anchor component={Link} to={unscheduled ? '/backups?tab=schedule' : '/backups'} size="sm">
          {unscheduled ? 'Set a schedule' : 'All archives'}
        </Anchor>
      }
    >
      <ClassStates classes={classes} />
    </Section>
  );
}
