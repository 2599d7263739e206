import { Alert } from '@mantine/core';
import { Icon } from '../components/icon.tsx';

export function OfflineBanner({ online }: { readonly online: boolean }) {
  return (
    <Alert color="red" variant="light" icon={<Icon name="warning" />} mb="md" p="xs" role="alert">
      {online
        ? 'The server does not answer. What is shown is as it was last read; this page goes on by itself.'
        : 'This device is offline. What is shown is as it was last read.'}
    </Alert>
  );
}
