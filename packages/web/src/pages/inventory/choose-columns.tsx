import { Button, Checkbox, Popover, ScrollArea, Stack } from '@mantine/core';
import type { Column } from '../../api/types.ts';
import { Icon } from '../../components/icon.tsx';

interface ChooseColumnsProps {
  readonly all: readonly Column[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[] | undefined) => void;
}

export function ChooseColumns({ all, chosen, onChange }: ChooseColumnsProps) {
  const toggle = (name: string, on: boolean): void =>
    onChange(on ? [...chosen, name] : chosen.filter((each) => each !== name));
  return (
    <Popover position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<Icon name="columns" />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <ScrollArea.Autosize mah={340} type="auto">
          <Stack gap={6} pr="sm">
            {all.map(({ name }) => (
              <Checkbox
                key={name}
                size="xs"
                label={name}
                checked={chosen.includes(name)}
                onChange={({ currentTarget }) => toggle(name, currentTarget.checked)}
              />
            ))}
          </Stack>
        </ScrollArea.Autosize>
        <Button variant="subtle" size="compact-xs" mt="xs" onClick={() => onChange(undefined)}>
          As at first
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
