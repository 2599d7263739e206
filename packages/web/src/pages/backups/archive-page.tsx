// Everything about one archive.

import { Anchor, Button, Code, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { Fragment, type ReactNode, useState } from 'react';
import { Link, useParams } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { Archive, When as Instant } from '../../api/types.ts';
import { useMay, usePages, useRead } from '../../api/use-api.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Empty } from '../../components/empty.tsx';
import { FollowJob } from '../../components/job-state.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { bytesText, countText, lengthText } from '../../components/numbers.ts';
import { PageFrame } from '../../components/page-frame.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Section } from '../../components/section.tsx';
import { localText, When } from '../../components/when.tsx';
import { ArchiveChain, chainsOf } from './archive-chain.tsx';
import { PinButton } from './pin-button.tsx';
import { archivePath, Proof } from './proof.tsx';
import { VerifyBackup } from './verify-backup.tsx';

export interface ArchiveDetail extends Omit<Archive, 'engine'> {
  readonly root: string;
  readonly chunks: number;
  readonly engine: { readonly name: string; readonly version: string };
  readonly compression: string;
  readonly holdfast: string;
  readonly counts: { readonly tables: number; readonly records: number };
  readonly metadata: {
    readonly createdBy: string;
    readonly dataClasses: readonly string[];
    readonly description?: string | null;
    readonly secrets: string;
  };
  readonly keys: readonly { readonly kind?: string; readonly id?: string }[];
  /** Null where its index is locked with a key that the server has not. */
  readonly tables:
    | readonly { readonly table: string; readonly rows: number; readonly bytes?: number }[]
    | null;
}

function Facts({ archive }: { readonly archive: ArchiveDetail }) {
  const { engine, metadata, copies } = archive;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['state of', <When key="at" at={archive.createdAt} />],
    ['proof', <Proof key="proof" archive={{ ...archive, engine: engine.name }} />],
    ['holds', `${countText(archive.rows)} rows of ${countText(archive.counts.tables)} tables`],
    ['size', `${bytesText(archive.bytes)}, written in ${lengthText(archive.durationMs)}`],
    ['what for', metadata.description ?? '–'],
    ['made by', metadata.createdBy],
    ['data classes', metadata.dataClasses.join(', ')],
    ['written from', `${engine.name} ${engine.version}, Holdfast ${archive.holdfast}`],
    ['locked with', archive.encryption === null ? 'nothing' : `${archive.encryption}, key ${archive.keyId}`],
    ['secrets', metadata.secrets === 'omitted' ? 'left out, since nothing locks it' : metadata.secrets],
    [
      'file',
      <Code key="file" className="hf-wrap">
        {archive.path}
      </Code>,
    ],
    [
      'copies',
      copies.length === 0
        ? 'none elsewhere'
        : copies.map(({ target, stored }) => (stored ? target : `${target} (waits)`)).join(', '),
    ],
    ['id', <Code key="id">{archive.id}</Code>],
    [
      'root',
      <Code key="root" className="hf-wrap">
        {archive.root}
      </Code>,
    ],
  ];
  return (
    <dl className="hf-facts">
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

function Tables({ tables }: Pick<ArchiveDetail, 'tables'>) {
  if (tables === null)
    return (
      <Empty icon="lock" title="Its tables are listed by the archive itself">
        holdfast backup show ARCHIVE on the server reads them, with the key where it is locked; a dry run of a
        restore counts them as well.
      </Empty>
    );
  const filled = tables.filter(({ rows }) => rows > 0).toSorted((one, other) => other.rows - one.rows);
  return (
    <>
      <div className="hf-scroll-y">
        <PlainTable
          label="Tables of the archive"
          heads={['table', 'rows', 'stored']}
          rows={filled.map(({ table, rows, bytes }) => ({
            key: table,
            cells: [table, countText(rows), bytes === undefined ? '–' : bytesText(bytes)],
          }))}
        />
      </div>
      <Text size="xs" c="dimmed" mt="xs">
        {countText(tables.length - filled.length)} more have nothing in it.
      </Text>
    </>
  );
}

/** How an archive is named where it is looked at. */
export const titleOf = ({
  type,
  createdAt,
}: {
  readonly type: string;
  readonly createdAt: Instant;
}): string => `${type.slice(0, 1).toUpperCase()}${type.slice(1)} archive of ${localText(createdAt)}`;

export function ArchivePage() {
  const { id = '' } = useParams();
  const [proving, setProving] = useState<Archive>();
  const [job, setJob] = useState<string>();
  const may = useMay('operator');
  const admin = useMay('admin');
  const read = useRead<ArchiveDetail>(`/backups${pathOf(id)}`);
  const all = usePages<Archive>('/backups', { limit: 200 });
  const listed = all.items.find((each) => each.id === id);
  const chain = listed === undefined ? [] : (chainsOf(all.items).find((each) => each.includes(listed)) ?? []);
  return (
    <PageFrame
      title={read.data === undefined ? 'Archive' : titleOf(read.data)}
      about={
        <Anchor component={Link} to="/backups" inherit>
          Backups
        </Anchor>
      }
      actions={
        <Group gap="xs">
          {may && listed !== undefined && <PinButton archive={listed} />}
          {may && listed !== undefined && (
            <Button variant="default" onClick={() => setProving(listed)}>
              Prove
            </Button>
          )}
          {admin && (
            <Button component={Link} to={`${archivePath(id)}/restore`}>
              Restore
            </Button>
          )}
        </Group>
      }
    >
      {job !== undefined && (
        <Section title="Proof">
          <FollowJob id={job} />
        </Section>
      )}
      <Loaded read={read}>
        {(archive) => (
          <Stack>
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <Section title="What it is">
                <Facts archive={archive} />
              </Section>
              <Section title="What is in it">
                <Tables tables={archive.tables} />
              </Section>
            </SimpleGrid>
            {chain.length > 1 && <ArchiveChain archives={chain} onVerify={setProving} />}
          </Stack>
        )}
      </Loaded>
      <Dialog opened={proving !== undefined} onClose={() => setProving(undefined)} title="Prove an archive">
        {proving !== undefined && (
          <VerifyBackup
            archive={proving}
            onJob={(begun) => {
              setJob(begun);
              setProving(undefined);
            }}
          />
        )}
      </Dialog>
    </PageFrame>
  );
}
