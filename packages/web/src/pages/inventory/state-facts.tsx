import { SimpleGrid } from '@mantine/core';
import { Fragment } from 'react';
import type { ColumnKind, RecordJson, Resource } from '../../api/types.ts';
import { Section } from '../../components/section.tsx';
import { Value } from '../../components/value.tsx';

interface StateFactsProps {
  readonly record: RecordJson;
  readonly resource: Resource | undefined;
}

/** Documents are told apart by their keys, one level deep. */
const isDocument = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function Facts({
  of,
  kinds,
}: {
  of: readonly (readonly [string, unknown])[];
  kinds: ReadonlyMap<string, ColumnKind>;
}) {
  return (
    <dl className="hf-facts">
      {of.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>
            <Value value={value} name={name} kind={kinds.get(name)} />
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

export function StateFacts({ record, resource }: StateFactsProps) {
  const columns = resource?.columns ?? [];
  const kinds = new Map(columns.map(({ name, kind }) => [name, kind]));
  const metrics = new Set(columns.filter(({ metric }) => metric).map(({ name }) => name));
  const entries = Object.entries(record).filter(([name]) => name !== 'resource' && name !== 'id');
  const documents = entries.filter(([, value]) => isDocument(value));
  const gauges = entries.filter(([name, value]) => metrics.has(name) && !isDocument(value));
  const facts = entries.filter(([name, value]) => !metrics.has(name) && !isDocument(value));
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
      <Section title="Properties">
        <Facts of={facts} kinds={kinds} />
      </Section>
      {gauges.length > 0 && (
        <Section title="Measured last">
          <Facts of={gauges} kinds={kinds} />
        </Section>
      )}
      {documents.map(([name, value]) => (
        <Section key={name} title={name}>
          <Facts of={Object.entries(value as object)} kinds={new Map()} />
        </Section>
      ))}
    </SimpleGrid>
  );
}
