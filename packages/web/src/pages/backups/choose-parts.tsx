// All of an archive, some resources of it, or some records of one.

import { Checkbox, Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Page, Resource } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Loaded } from '../../components/loaded.tsx';
import { AddFilter } from '../inventory/add-filter.tsx';
import { FilterChips } from '../inventory/filter-chips.tsx';
import type { Choice } from './restore-choice.ts';

interface ChoosePartsProps {
  readonly choice: Choice;
  readonly onChange: (part: Partial<Choice>) => void;
}

export function ChooseParts({ choice, onChange }: ChoosePartsProps) {
  const [some, setSome] = useState(choice.only.length > 0);
  const read = useRead<Page<Resource>>('/resources', { counts: true });
  const { only, where } = choice;
  const put = (names: readonly string[], on: boolean): void => {
    const rest = only.filter((name) => !names.includes(name));
    onChange({ only: on ? [...rest, ...names] : rest, where: [] });
  };
  const single =
    only.length === 1 ? read.data?.items.find(({ resource }) => resource === only[0]) : undefined;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        What
      </Text>
      <SegmentedControl
        data={['everything', 'a part of it']}
        value={some ? 'a part of it' : 'everything'}
        onChange={(value) => {
          setSome(value !== 'everything');
          onChange({ only: [], where: [] });
        }}
        aria-label="How much of the archive"
        style={{ alignSelf: 'flex-start' }}
      />
      {some && (
        <Loaded read={read}>
          {({ items }) => (
            <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="sm">
              {[...Map.groupBy(items, ({ domain }) => domain)].map(([domain, of]) => {
                const names = of.map(({ resource }) => resource);
                const chosen = names.filter((name) => only.includes(name)).length;
                return (
                  <Stack key={domain} gap={4}>
                    <Checkbox
                      size="xs"
                      label={`all of ${domain}`}
                      fw={600}
                      checked={chosen === names.length}
                      indeterminate={chosen > 0 && chosen < names.length}
                      onChange={({ currentTarget }) => put(names, currentTarget.checked)}
                    />
                    {of.map(({ resource, records = 0 }) => (
                      <Checkbox
                        key={resource}
                        size="xs"
                        ml="md"
                        label={`${resource}${records > 0 ? ` (${records} now)` : ''}`}
                        checked={only.includes(resource)}
                        onChange={({ currentTarget }) => put([resource], currentTarget.checked)}
                      />
                    ))}
                  </Stack>
                );
              })}
            </SimpleGrid>
          )}
        </Loaded>
      )}
      {single !== undefined && (
        <Group gap="xs">
          <AddFilter
            columns={single.columns}
            onAdd={(each) => onChange({ where: [...where.filter((other) => other !== each), each] })}
          />
          <Text size="sm" c="dimmed">
            {where.length === 0
              ? `All records of ${single.resource}; a filter takes some of them.`
              : 'Only where'}
          </Text>
          <FilterChips where={where} onChange={(next) => onChange({ where: next })} />
        </Group>
      )}
    </Stack>
  );
}
