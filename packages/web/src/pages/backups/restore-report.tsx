import { Alert, Group, Stack, Text } from '@mantine/core';
import { Icon } from '../../components/icon.tsx';
import { FollowJob, useJob } from '../../components/job-state.tsx';
import { countText, lengthText } from '../../components/numbers.ts';
import { PlainTable } from '../../components/plain-table.tsx';
import { UndoButton } from '../../components/undo-button.tsx';

export interface RestoreResult {
  readonly success: boolean;
  readonly dryRun: boolean;
  readonly recordsRestored: number;
  readonly durationMs: number;
  readonly warnings?: readonly unknown[];
  readonly errors?: readonly unknown[];
  readonly losses?: readonly Loss[];
  readonly tables: readonly TableCounts[];
  /** Into another database: what is sent back as consent. */
  readonly confirm?: string;
  /** Into the one that is served. */
  readonly plan?: { readonly id: string | null; readonly wayBack?: string | null };
  readonly request?: string;
  readonly safetyArchive?: string;
}

export interface Loss {
  readonly table: string;
  readonly key: string;
  readonly column: string;
  readonly why: string;
}

interface TableCounts {
  readonly table: string;
  readonly inserted: number;
  readonly updated?: number;
  readonly deleted?: number;
  readonly unchanged?: number;
  readonly skipped: number;
  readonly conflicts: number;
  readonly lossy: number;
}

const counts = ['inserted', 'updated', 'deleted', 'skipped', 'conflicts', 'unchanged', 'lossy'] as const;

const wordOf = (warning: unknown): string =>
  typeof warning === 'string'
    ? warning
    : ((warning as { message?: string }).message ?? JSON.stringify(warning));

function Counts({ tables }: Pick<RestoreResult, 'tables'>) {
  const heads = counts.filter((name) => tables.some((table) => (table[name] ?? 0) > 0));
  const touched = (table: TableCounts): number =>
    table.inserted + (table.updated ?? 0) + (table.deleted ?? 0) + table.conflicts + table.lossy;
  const rows = tables
    .filter((table) => heads.some((name) => (table[name] ?? 0) > 0))
    .toSorted((one, other) => touched(other) - touched(one));
  if (rows.length === 0) return null;
  return (
    <div className="hf-scroll-y">
      <PlainTable
        label="Tables"
        heads={['table', ...heads]}
        rows={rows.map((table) => ({
          key: table.table,
          cells: [table.table, ...heads.map((name) => (table[name] ? countText(table[name]) : '–'))],
        }))}
      />
    </div>
  );
}

export function Losses({ losses }: { readonly losses: readonly Loss[] }) {
  if (losses.length === 0) return null;
  return (
    <div className="hf-scroll-y">
      <PlainTable
        label="Values that cannot be kept as they are"
        heads={['table', 'record', 'column', 'why']}
        rows={losses.map(({ table, key, column, why }) => ({
          key: `${table} ${key} ${column}`,
          cells: [table, key, column, why],
        }))}
      />
    </div>
  );
}

/** How a restore or its dry run gets on, and then what it counted, table by table. */
export function RestoreReport({ id }: { readonly id: string }) {
  const { job } = useJob(id);
  const result = job?.result as RestoreResult | null | undefined;
  if (!result) return <FollowJob id={id} />;
  const { dryRun, success, tables, losses = [], request } = result;
  const deleted = tables.reduce((sum, table) => sum + (table.deleted ?? 0), 0);
  return (
    <Stack gap="sm">
      <Alert
        p="xs"
        color={success ? 'teal' : 'red'}
        icon={<Icon name={success ? 'ok' : 'bad'} />}
        role="status"
      >
        {dryRun ? 'It would restore' : 'Restored'} {countText(result.recordsRestored)} rows
        {deleted > 0 && ` and ${dryRun ? 'delete' : 'deleted'} ${countText(deleted)}`} (
        {lengthText(result.durationMs)}).{dryRun ? ' Nothing was written.' : ''}
      </Alert>
      {[...(result.warnings ?? []), ...(result.errors ?? [])].map((warning) => (
        <Text key={wordOf(warning)} size="sm">
          {wordOf(warning)}
        </Text>
      ))}
      <Counts tables={tables} />
      <Losses losses={losses} />
      {!dryRun && result.plan?.wayBack != null && (
        <Group gap="sm">
          <Text size="sm" className="hf-wrap">
            Way back: {result.plan.wayBack}
          </Text>
          {request !== undefined && /undo/.test(result.plan.wayBack) && (
            <UndoButton what={{ request }} label="Undo the restore" />
          )}
        </Group>
      )}
    </Stack>
  );
}
