import { Button, Group, Popover, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Column } from '../../api/types.ts';
import { Icon } from '../../components/icon.tsx';

const operators = [
  { value: '=', label: 'is' },
  { value: '!=', label: 'is not' },
  { value: '~', label: 'contains' },
  { value: '<', label: 'less than' },
  { value: '<=', label: 'at most' },
  { value: '>', label: 'more than' },
  { value: '>=', label: 'at least' },
];

interface AddFilterProps {
  readonly columns: readonly Column[];
  readonly onAdd: (where: string) => void;
}

export function AddFilter({ columns, onAdd }: AddFilterProps) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState<string | null>(null);
  const [operator, setOperator] = useState('=');
  const [value, setValue] = useState('');
  const values = columns.find((column) => column.name === name)?.values;
  const inside = { comboboxProps: { withinPortal: false }, allowDeselect: false };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="md" width={300} trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<Icon name="filter" />} onClick={() => setOpen(!open)}>
          Filter
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name === null) return;
            onAdd(`${name}${operator}${value === '' ? 'null' : value}`);
            setValue('');
            setOpen(false);
          }}
        >
          <Stack gap="xs">
            <Select
              {...inside}
              label="Column"
              searchable
              data={columns.filter(({ kind }) => kind !== 'json').map((column) => column.name)}
              value={name}
              onChange={setName}
            />
            <Select
              {...inside}
              label="Condition"
              data={operators}
              value={operator}
              onChange={(next) => setOperator(next ?? '=')}
            />
            {values === undefined ? (
              <TextInput
                label="Value"
                description="Empty: records without one"
                value={value}
                onChange={({ currentTarget }) => setValue(currentTarget.value)}
              />
            ) : (
              <Select
                {...inside}
                label="Value"
                data={[...values]}
                value={value}
                onChange={(next) => setValue(next ?? '')}
              />
            )}
            <Group justify="flex-end">
              <Button type="submit" disabled={name === null}>
                Add filter
              </Button>
            </Group>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
