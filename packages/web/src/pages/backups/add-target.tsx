import { Button, Group, PasswordInput, SegmentedControl, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAction } from '../../api/use-api.ts';
import { Refused } from '../../components/refused.tsx';

type Kind = 'folder' | 's3' | 'sftp';

interface Field {
  readonly name: string;
  readonly label: string;
  readonly long?: boolean;
}

interface KindOfTarget {
  readonly label: string;
  readonly address: string;
  readonly example: string;
  readonly about: string;
  readonly credentials: readonly Field[];
}

const kinds: Readonly<Record<Kind, KindOfTarget>> = {
  folder: {
    label: 'Folder',
    address: 'folder:',
    example: '/mnt/backup',
    about: "A folder that is there on the server's machine: another disk, or a mounted share",
    credentials: [],
  },
  s3: {
    label: 'S3',
    address: 's3://',
    example: 'bucket/home?endpoint=https://s3.example.org&region=eu-1',
    about: 'BUCKET/PREFIX?endpoint=URL&region=REGION of any S3-compatible store',
    credentials: [
      { name: 'accessKeyId', label: 'Access key id' },
      { name: 'secretAccessKey', label: 'Secret access key' },
    ],
  },
  sftp: {
    label: 'SFTP',
    address: 'sftp://',
    example: 'backup@nas/srv/archives?fingerprint=SHA256:…',
    about: 'USER@HOST:PORT/PATH?fingerprint=SHA256:…, with the key of the server that is the right one',
    credentials: [
      { name: 'password', label: 'Password' },
      { name: 'privateKey', label: 'Or a private key', long: true },
    ],
  },
};

export function AddTarget({ onDone }: { readonly onDone: () => void }) {
  const [kind, setKind] = useState<Kind>('folder');
  const [name, setName] = useState('');
  const [address, setAddress] = useState('');
  const [secrets, setSecrets] = useState<Readonly<Record<string, string>>>({});
  const { address: begin, about, example, credentials } = kinds[kind];
  const given = Object.fromEntries(
    credentials.flatMap((each) => (secrets[each.name] ? [[each.name, secrets[each.name]]] : [])),
  );
  const add = useAction(
    (api) =>
      api.post('/backups/targets', {
        name,
        // What is pasted whole is taken as it is.
        url: address.startsWith(begin) ? address : begin + address,
        ...(credentials.length === 0 ? {} : { credentials: given }),
      }),
    { stale: ['/backups/targets'], quiet: true, done: `${name} is set up`, onDone },
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack gap="sm">
        <SegmentedControl
          data={Object.entries(kinds).map(([value, { label }]) => ({ value, label }))}
          value={kind}
          onChange={(next) => setKind(next as Kind)}
          aria-label="Kind of target"
        />
        <TextInput
          label="Name"
          placeholder="nas"
          required
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <TextInput
          label="Where"
          description={about}
          placeholder={example}
          required
          value={address}
          onChange={({ currentTarget }) => setAddress(currentTarget.value)}
        />
        {credentials.map((each) => {
          const field = {
            label: each.label,
            value: secrets[each.name] ?? '',
            autoComplete: 'off',
            onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
              setSecrets({ ...secrets, [each.name]: currentTarget.value }),
          };
          return each.long ? (
            <Textarea key={each.name} autosize minRows={2} maxRows={8} {...field} />
          ) : (
            <PasswordInput key={each.name} {...field} />
          );
        })}
        <Refused error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending}>
            Try it and add it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
