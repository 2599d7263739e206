// Every change of everything, newest first.

import { Group, Select, TextInput } from '@mantine/core';
import { useSearchParams } from 'react-router';
import type { Page, Resource, Source } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { PageFrame } from '../../components/page-frame.tsx';
import { UndoButton } from '../../components/undo-button.tsx';
import { ChangeList } from './change-list.tsx';
import { LateText } from './late-text.tsx';

const changes = ['created', 'updated', 'deleted', 'discovered'];

export function Timeline() {
  const [query, setQuery] = useSearchParams();
  const resources = useRead<Page<Resource>>('/resources');
  const sources = useRead<Page<Source>>('/sources');
  const of = (name: string): string | undefined => query.get(name) ?? undefined;
  const put = (name: string, value: string | null): void => {
    const next = new URLSearchParams(query);
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
    setQuery(next, { replace: true });
  };
  const all = resources.data?.items.filter(({ history }) => history) ?? [];
  const names = [...new Set(all.map(({ domain }) => domain)), ...all.map(({ resource }) => resource)];
  const choice = (name: string, label: string, data: readonly string[]) => (
    <Select
      label={label}
      data={[...data]}
      value={of(name) ?? null}
      onChange={(value) => put(name, value)}
      clearable
      searchable
      placeholder="all"
      w={150}
      clearButtonProps={{ 'aria-label': `Clear ${label}`, tabIndex: 0 }}
    />
  );
  const instant = (name: string): string | undefined => {
    const value = of(name);
    const at = value === undefined ? undefined : new Date(value);
    return at === undefined || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  };
  const [run, request] = [of('run'), of('request')];
  return (
    <PageFrame
      title="Timeline"
      about="Who changed what, when, and what it was before"
      actions={
        <>
          {request !== undefined && <UndoButton what={{ request }} label="Undo this request" />}
          {run !== undefined && <UndoButton what={{ run }} label="Undo this run" />}
        </>
      }
    >
      <Group gap="xs" align="flex-end">
        {choice('resource', 'Resource', names)}
        {choice('source', 'Source', sources.data?.items.map(({ name }) => name) ?? [])}
        {choice('change', 'Change', changes)}
        <LateText label="Actor" value={of('actor') ?? ''} onChange={(value) => put('actor', value)} />
        <TextInput
          type="datetime-local"
          label="From"
          value={of('from') ?? ''}
          onChange={({ currentTarget }) => put('from', currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label="To"
          value={of('to') ?? ''}
          onChange={({ currentTarget }) => put('to', currentTarget.value)}
        />
        {run !== undefined && <LateText label="Sweep" value={run} onChange={(value) => put('run', value)} />}
      </Group>
      <ChangeList
        path="/history"
        query={{
          ...{ resource: of('resource'), source: of('source'), change: of('change'), actor: of('actor') },
          ...{ from: instant('from'), to: instant('to'), run, request },
        }}
      />
    </PageFrame>
  );
}
