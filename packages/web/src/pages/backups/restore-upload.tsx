// The restore of an archive that was brought here.

import { Anchor } from '@mantine/core';
import { Link, useParams } from 'react-router';
import type { Overview, Page } from '../../api/types.ts';
import { useRead } from '../../api/use-api.ts';
import { Empty } from '../../components/empty.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageFrame } from '../../components/page-frame.tsx';
import { isNew } from '../overview/begin.tsx';
import { RestoreSteps } from './restore-steps.tsx';
import { type Upload, uploadTitle } from './uploads.tsx';

export function RestoreUpload() {
  const { name = '' } = useParams();
  const read = useRead<Page<Upload>>('/uploads');
  const overview = useRead<Overview>('/overview');
  const upload = read.data?.items.find((each) => each.name === name);
  return (
    <PageFrame
      title="Restore"
      about={
        <>
          <Anchor component={Link} to="/backups" inherit>
            Backups
          </Anchor>
          {upload !== undefined && ` · ${uploadTitle(upload)}`}
        </>
      }
    >
      <Loaded read={read}>
        {() => (
          <Loaded read={overview}>
            {(now) =>
              upload === undefined ? (
                <Empty title={`No archive ${name} was brought here`}>
                  <Anchor component={Link} to="/backups">
                    All archives
                  </Anchor>
                </Empty>
              ) : (
                <RestoreSteps
                  subject={{
                    ...{ archive: upload.archive, encrypted: upload.encrypted, moments: [] },
                    manager: upload.kind === 'shelly-manager',
                    // Where nothing is kept yet, everything of the archive is what is wanted.
                    destination: upload.kind === 'holdfast' && isNew(now) ? 'replace' : 'living',
                  }}
                />
              )
            }
          </Loaded>
        )}
      </Loaded>
    </PageFrame>
  );
}
