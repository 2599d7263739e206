// Everything about one record.

import { Anchor, Group, Tabs } from '@mantine/core';
import { Link, useParams, useSearchParams } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { Page, RecordJson, Resource } from '../../api/types.ts';
import { useMay, useRead } from '../../api/use-api.ts';
import { JsonView } from '../../components/json-view.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { Status } from '../../components/status.tsx';
import { UndoButton } from '../../components/undo-button.tsx';
import { When } from '../../components/when.tsx';
import { useAsOf } from '../../time/as-of.tsx';
import { TimeSlider } from '../../time/time-slider.tsx';
import { ChangeList } from '../timeline/change-list.tsx';
import { DesiredState } from './desired-state.tsx';
import { EditRecord } from './edit-record.tsx';
import { Metrics } from './metrics.tsx';
import { Relations } from './relations.tsx';
import { StateFacts } from './state-facts.tsx';

export function RecordPage() {
  const { resource: name = '', id = '' } = useParams();
  const [query, setQuery] = useSearchParams();
  const { at } = useAsOf();
  const path = `/resources${pathOf(name, id)}`;
  const resources = useRead<Page<Resource>>('/resources');
  const resource = resources.data?.items.find((each) => each.resource === name);
  const record = useRead<RecordJson>(path, { as_of: at });
  const may = useMay('operator') && at === undefined;
  const label = record.data?.['name'];
  const hasSeries = resource?.columns.some(({ series }) => series) ?? false;
  const status = record.data?.['status'];
  return (
    <PageFrame
      title={typeof label === 'string' ? `${label} (${id})` : id}
      about={
        <Group gap="xs">
          <Anchor component={Link} to={`/inventory/${encodeURIComponent(name)}`} inherit>
            {name}
          </Anchor>
          {typeof status === 'string' && <Status word={status} />}
          {record.data?.['lastConfirmedAt'] !== undefined && (
            <span>
              confirmed <When at={record.data['lastConfirmedAt'] as string | null} ago />
            </span>
          )}
        </Group>
      }
      actions={
        <>
          {may && resource?.editable && record.data !== undefined && (
            <EditRecord resource={resource} id={id} />
          )}
          {may && resource?.editable && (
            <UndoButton what={{ resource: name, id }} label="Undo the last change" />
          )}
          <TimeSlider />
        </>
      }
    >
      <Tabs
        value={query.get('tab') ?? 'state'}
        onChange={(tab) => setQuery(tab === null || tab === 'state' ? {} : { tab }, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md" aria-label="Parts of the record">
          <Tabs.Tab value="state">State</Tabs.Tab>
          {hasSeries && <Tabs.Tab value="metrics">Metrics</Tabs.Tab>}
          {resource?.history && <Tabs.Tab value="history">History</Tabs.Tab>}
          {resource?.managed && <Tabs.Tab value="desired">Desired and drift</Tabs.Tab>}
          <Tabs.Tab value="relations">Relations</Tabs.Tab>
          <Tabs.Tab value="json">JSON</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="state">
          <Loaded read={record} rows={10}>
            {(data) => <StateFacts record={data} resource={resource} />}
          </Loaded>
        </Tabs.Panel>
        <Tabs.Panel value="metrics">
          {resource !== undefined && <Metrics path={path} resource={resource} at={at} />}
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <ChangeList path={`${path}/history`} query={{ to: at }} ofOne />
        </Tabs.Panel>
        <Tabs.Panel value="desired">
          <DesiredState path={path} />
        </Tabs.Panel>
        <Tabs.Panel value="relations">
          <Loaded read={record}>
            {(data) => <Relations record={data} resources={resources.data?.items ?? []} />}
          </Loaded>
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <Loaded read={record}>{(data) => <JsonView value={data} label={`${name} ${id} as JSON`} />}</Loaded>
        </Tabs.Panel>
      </Tabs>
    </PageFrame>
  );
}
