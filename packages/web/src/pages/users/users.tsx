// Who may sign in, and which programs may ask.

import { Stack } from '@mantine/core';
import { useMay } from '../../api/use-api.ts';
import { PageFrame } from '../../components/page-frame.tsx';
import { OwnPassword } from './own-password.tsx';
import { Tokens } from './tokens.tsx';
import { UserList } from './user-list.tsx';

export function Users() {
  const admin = useMay('admin');
  return (
    <PageFrame title="Users and tokens">
      <Stack>
        {admin && <UserList />}
        <Tokens />
        <OwnPassword />
      </Stack>
    </PageFrame>
  );
}
