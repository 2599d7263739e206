import { Button, Group } from '@mantine/core';
import { Icon } from '../../components/icon.tsx';

interface FilterChipsProps {
  readonly where: readonly string[];
  readonly onChange: (where: readonly string[]) => void;
}

export function FilterChips({ where, onChange }: FilterChipsProps) {
  if (where.length === 0) return null;
  return (
    <Group gap={6}>
      {where.map((each) => (
        <Button
          key={each}
          size="compact-xs"
          variant="light"
          rightSection={<Icon name="close" size={12} />}
          aria-label={`Remove the filter ${each}`}
          onClick={() => onChange(where.filter((other) => other !== each))}
        >
          {each}
        </Button>
      ))}
    </Group>
  );
}
