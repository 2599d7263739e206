import { Anchor, Badge, Button, Group, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Archive } from '../../api/types.ts';
import { useMay } from '../../api/use-api.ts';
import { bytesText, countText, lengthText } from '../../components/numbers.ts';
import { Status } from '../../components/status.tsx';
import { localText } from '../../components/when.tsx';
import { PinButton } from './pin-button.tsx';
import { archivePath, Proof } from './proof.tsx';

export interface ArchiveActions {
  readonly onVerify: (archive: Archive) => void;
}

interface ArchiveRowProps extends ArchiveActions {
  readonly archive: Archive;
  /** Its base is not among the archives that are listed. */
  readonly orphan: boolean;
}

export function ArchiveRow({ archive, orphan, onVerify }: ArchiveRowProps) {
  const may = useMay('operator');
  const admin = useMay('admin');
  const { type, createdAt, rows, bytes, durationMs, encryption, copies, selection, id } = archive;
  return (
    <Group justify="space-between" gap="sm" py={8} style={{ flex: 1, minWidth: 0 }}>
      <div style={{ minWidth: 0 }}>
        <Group gap="sm" fz="sm">
          <Anchor component={Link} to={archivePath(id)} fw={600} inherit>
            {type} of {localText(createdAt)}
          </Anchor>
          <Proof archive={archive} />
          {orphan && <Status tone="bad" word="base is missing" />}
          {archive.pinned && (
            <Badge size="sm" variant="default" tt="none">
              pinned
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed" className="hf-number hf-wrap">
          {[
            `${countText(rows)} rows`,
            bytesText(bytes),
            lengthText(durationMs),
            encryption === null || encryption === 'none' ? 'not encrypted' : 'encrypted',
            selection === null ? undefined : 'a part of all data',
            ...copies.map(({ target, stored }) => (stored ? `on ${target}` : `waits for ${target}`)),
          ]
            .filter((part) => part !== undefined)
            .join(' · ')}
        </Text>
      </div>
      <Group gap="xs">
        {may && <PinButton archive={archive} />}
        {may && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => onVerify(archive)}
            aria-label={`Prove ${id}`}
          >
            Prove
          </Button>
        )}
        {admin && (
          <Button
            component={Link}
            to={`${archivePath(id)}/restore`}
            size="compact-xs"
            variant="default"
            aria-label={`Restore ${id}`}
          >
            Restore
          </Button>
        )}
      </Group>
    </Group>
  );
}
