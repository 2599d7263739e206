// Of which moment: one of the archives of the chain, or any instant.

import { Group, Select, TextInput } from '@mantine/core';
import type { Archive } from '../../api/types.ts';
import { localText } from '../../components/when.tsx';

interface ChooseMomentProps {
  /** What the archive goes back to, and itself, newest first. */
  readonly moments: readonly Archive[];
  readonly at: string;
  readonly onChange: (at: string) => void;
}

export function ChooseMoment({ moments, at, onChange }: ChooseMomentProps) {
  return (
    <Group gap="sm" align="flex-end">
      {moments.length > 1 && (
        <Select
          label="As it was at"
          data={moments.map(({ createdAt, type }, index) => ({
            value: index === 0 ? '' : createdAt,
            label: `${localText(createdAt)} (${type})`,
          }))}
          value={at === '' ? '' : (moments.find(({ createdAt }) => createdAt === at)?.createdAt ?? null)}
          placeholder="an instant between"
          onChange={(value) => onChange(value ?? '')}
          allowDeselect={false}
          w={300}
        />
      )}
      <TextInput
        type="datetime-local"
        step={1}
        label={moments.length > 1 ? 'or the last archive by' : 'As it was at'}
        description={moments.length > 1 ? undefined : 'Empty: the state that the archive has'}
        value={moments.some(({ createdAt }) => createdAt === at) ? '' : at}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </Group>
  );
}
