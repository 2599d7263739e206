// The restore of an archive that is known here.

import { Anchor } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { pathOf } from '../../api/api-client.ts';
import type { Archive } from '../../api/types.ts';
import { usePages, useRead } from '../../api/use-api.ts';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { type ArchiveDetail, titleOf } from './archive-page.tsx';
import { archivePath } from './proof.tsx';
import { RestoreSteps } from './restore-steps.tsx';

/** The archive and what it goes back to, newest first. */
function momentsOf(id: string, archives: readonly Archive[]): Archive[] {
  const archive = archives.find((each) => each.id === id);
  if (archive === undefined) return [];
  return [archive, ...(archive.base === null ? [] : momentsOf(archive.base, archives))];
}

export function RestorePage() {
  const { id = '' } = useParams();
  const read = useRead<ArchiveDetail>(`/backups${pathOf(id)}`);
  const all = usePages<Archive>('/backups', { limit: 200 });
  return (
    <PageFrame
      title="Restore"
      about={
        <>
          <Anchor component={Link} to="/backups" inherit>
            Backups
          </Anchor>
          {read.data !== undefined && (
            <>
              {' · '}
              <Anchor component={Link} to={archivePath(id)} inherit>
                {titleOf(read.data)}
              </Anchor>
            </>
          )}
        </>
      }
    >
      <Loaded read={read}>
        {({ encryption }) => (
          <RestoreSteps
            subject={{
              ...{ archive: id, encrypted: encryption !== null, manager: false },
              ...{ moments: momentsOf(id, all.items), destination: 'living' },
            }}
          />
        )}
      </Loaded>
    </PageFrame>
  );
}
