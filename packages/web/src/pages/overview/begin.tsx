// Where nothing is kept yet: the four ways to begin.

import { Button, Code, CopyButton, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Overview } from '../../api/types.ts';
import { useMay } from '../../api/use-api.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import { Section } from '../../components/section.tsx';

/** Whether nothing was ever connected or kept. */
export const isNew = ({ sources, records }: Overview): boolean => sources.total === 0 && records === 0;

interface WayProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children: ReactNode;
}

function Way({ icon, title, children }: WayProps) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs" h="100%">
        <Group gap="xs">
          <Icon name={icon} size={18} />
          <Title order={3} size="h6">
            {title}
          </Title>
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}

function Command({ text }: { readonly text: string }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Code className="hf-wrap" style={{ flex: 1 }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" onClick={copy} aria-label={`Copy ${text}`}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

export function Begin() {
  const admin = useMay('admin');
  return (
    <Section title="How to begin">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <Way icon="sources" title="New">
          <Text size="sm">
            Connect a Proxmox cluster or Shelly devices. They are read, and never written to.
          </Text>
          {admin && (
            <Button component={Link} to="/sources?add=1" mt="auto" style={{ alignSelf: 'flex-start' }}>
              Add the first source
            </Button>
          )}
        </Way>
        <Way icon="backups" title="From an archive">
          <Text size="sm">
            Bring a file of Holdfast, or of Shelly Manager. It is tried first, a mistyped passphrase can be
            typed again, and all of it comes back: users, history and settings too.
          </Text>
          {admin && (
            <Button
              component={Link}
              to="/backups"
              variant="default"
              mt="auto"
              style={{ alignSelf: 'flex-start' }}
            >
              Restore an archive
            </Button>
          )}
        </Way>
        <Way icon="inventory" title="A database that is there">
          <Text size="sm">
            Which database is served is said where the server starts, not from here. End it, and start it with
          </Text>
          <Command text="holdfast --database postgres://USER@HOST/NAME serve" />
          <Text size="xs" c="dimmed">
            mysql:// and sqlite: as well; one of another Holdfast keeps its users and records.
          </Text>
        </Way>
        <Way icon="run" title="The demo">
          <Text size="sm">A simulated cluster in which things happen. On the machine of the server:</Text>
          <Command text="holdfast demo" />
          <Text size="sm">and beside it, with an admin of its own,</Text>
          <Command text="holdfast --data holdfast-demo serve --port 8100" />
        </Way>
      </SimpleGrid>
    </Section>
  );
}
