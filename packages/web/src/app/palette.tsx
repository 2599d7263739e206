// Ctrl K: pages, resources and records by what is typed.

import { Modal, VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight } from '@mantine/spotlight';
import { type ReactNode, useState } from 'react';
import { useNavigate } from 'react-router';
import type { Found, Page, Resource } from '../api/types.ts';
import { useMay, useRead } from '../api/use-api.ts';
import { Icon } from '../components/icon.tsx';
import { recordPath } from '../components/record-link.tsx';
import { pageEntries } from './pages.ts';
import { paletteStore, useFirstPick } from './use-first-pick.ts';

interface PaletteAction {
  readonly id: string;
  readonly label: string;
  readonly to: string;
  readonly description?: string;
  readonly leftSection?: ReactNode;
}

export function Palette() {
  const [typed, setTyped] = useState('');
  const text = typed.trim();
  const [asked] = useDebouncedValue(text, 150);
  const navigate = useNavigate();
  const mayAct = useMay('operator');
  const resources = useRead<Page<Resource>>('/resources');
  const found = useRead<Page<Found>>('/search', { q: asked, limit: 12 }, { enabled: asked.length >= 2 });
  const searching = text.length >= 2 && (asked !== text || found.isPending);
  const reading = searching || resources.isPending;
  const { list, onKeyDown } = useFirstPick(typed, reading);
  const action = (
    id: string,
    label: string,
    to: string,
    more: Partial<PaletteAction> = {},
  ): PaletteAction => ({
    ...{ id, label, to },
    ...more,
  });
  const matches = ({ label }: PaletteAction): boolean => label.toLowerCase().includes(text.toLowerCase());
  const groups: { group: string; actions: PaletteAction[] }[] = [
    {
      group: 'Pages',
      actions: pageEntries
        .filter(({ role }) => role === 'viewer' || mayAct)
        .map(({ path, label, icon }) => action(path, label, path, { leftSection: <Icon name={icon} /> }))
        .filter(matches),
    },
    {
      group: 'Resources',
      actions: (resources.data?.items ?? [])
        .map(({ resource }) =>
          action(resource, resource, `/inventory/${resource}`, { leftSection: <Icon name="inventory" /> }),
        )
        .filter(matches)
        .slice(0, typed === '' ? 0 : 8),
    },
    {
      group: 'Records',
      // Not those of another text, which would be picked for this one.
      actions: (searching || text.length < 2 ? [] : (found.data?.items ?? [])).map(
        ({ resource, id, column, value }) =>
          action(`record ${resource} ${id} ${column}`, `${resource} ${id}`, recordPath(resource, id), {
            description: `${column}: ${String(value)}`,
          }),
      ),
    },
  ];
  const shown = groups.filter(({ actions }) => actions.length > 0);
  return (
    <Spotlight.Root
      store={paletteStore}
      shortcut={['mod + K']}
      query={typed}
      onQueryChange={setTyped}
      scrollable
      maxHeight={420}
      transitionProps={{ duration: 80 }}
    >
      <VisuallyHidden>
        <Modal.Title>Search and commands</Modal.Title>
      </VisuallyHidden>
      <Spotlight.Search
        placeholder="Search records, pages, resources"
        aria-label="Search"
        onKeyDown={onKeyDown}
        leftSection={<Icon name="search" />}
      />
      <Spotlight.ActionsList ref={list}>
        {shown.map(({ group, actions }) => (
          <Spotlight.ActionsGroup key={group} label={group}>
            {actions.map(({ id, to, ...action }) => (
              <Spotlight.Action key={id} {...action} onClick={() => void navigate(to)} />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {shown.length === 0 && <Spotlight.Empty>{reading ? 'Searching …' : 'Nothing found'}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
