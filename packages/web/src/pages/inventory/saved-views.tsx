import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../../components/icon.tsx';
import { useSavedViews, type View } from './view.ts';

interface SavedViewsProps {
  readonly resource: string;
  readonly view: View;
  readonly onView: (view: View) => void;
}

export function SavedViews({ resource, view, onView }: SavedViewsProps) {
  const { views, save, remove } = useSavedViews(resource);
  const [name, setName] = useState('');
  return (
    <Popover position="bottom-end" shadow="md" width={260} trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<Icon name="save" />}>
          Views
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {Object.keys(views).length === 0 && (
            <Text size="sm" c="dimmed">
              No view is saved in this browser.
            </Text>
          )}
          {Object.entries(views).map(([each, saved]) => (
            <Group key={each} justify="space-between" wrap="nowrap">
              <Button variant="subtle" size="compact-sm" onClick={() => onView(saved)}>
                {each}
              </Button>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Forget ${each}`}
                onClick={() => remove(each)}
              >
                <Icon name="close" size={14} />
              </ActionIcon>
            </Group>
          ))}
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() !== '') save(name.trim(), view);
              setName('');
            }}
          >
            <Group gap="xs" wrap="nowrap" align="flex-end">
              <TextInput
                label="Save as"
                value={name}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
                style={{ flex: 1 }}
              />
              <Button type="submit">Save</Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
