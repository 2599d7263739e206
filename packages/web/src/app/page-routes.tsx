import { Skeleton, Stack } from '@mantine/core';
import { Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { Empty } from '../components/empty.tsx';
import { PageFrame } from '../components/page-frame.tsx';
import { routes } from './pages.ts';

function Loading() {
  return (
    <Stack role="status" aria-busy="true" aria-label="Loading">
      <Skeleton height={28} width={220} />
      <Skeleton height={200} />
    </Stack>
  );
}

export function PageRoutes() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        {routes.map(([path, Page]) => (
          <Route key={path} path={path} element={<Page />} />
        ))}
        <Route
          path="*"
          element={
            <PageFrame title="No such page">
              <Empty title="There is nothing at this address">Ctrl K finds pages and records.</Empty>
            </PageFrame>
          }
        />
      </Routes>
    </Suspense>
  );
}
