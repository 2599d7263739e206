// The frame of all pages: navigation, palette, account, and whether what is shown is live.

import { AppShell, Burger, Group, Kbd, NavLink, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure, useNetwork } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Link, useLocation } from 'react-router';
import { Live, type LiveState } from '../api/live.ts';
import type { Session } from '../api/types.ts';
import { useMay } from '../api/use-api.ts';
import { Icon } from '../components/icon.tsx';
import { PastBanner } from '../time/time-slider.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { LiveBadge } from './live-badge.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import { PageRoutes } from './page-routes.tsx';
import { pageEntries } from './pages.ts';
import { palette } from './use-first-pick.ts';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));

function useLive({ lastEvent }: Session): LiveState {
  const client = useQueryClient();
  // The first: later answers for the session are no reason to connect anew.
  const [last] = useState(lastEvent);
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    const live = new Live(client, last, setState);
    return () => live.close();
  }, [client, last]);
  return state;
}

export function Shell({ session }: { readonly session: Session }) {
  const [open, { toggle, close }] = useDisclosure();
  const live = useLive(session);
  const { online } = useNetwork();
  const { pathname } = useLocation();
  const mayAct = useMay('operator');
  const here = (path: string): boolean => (path === '/' ? pathname === '/' : pathname.startsWith(path));
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 196, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a href="#main" className="hf-skip">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <img src="/icon.svg" alt="" width={22} height={22} />
            <Text fw={700} size="lg" visibleFrom="xs">
              Holdfast
            </Text>
          </Group>
          <UnstyledButton
            onClick={palette.open}
            className="hf-find"
            aria-label="Search records, pages … Ctrl K"
          >
            <Group gap="sm" wrap="nowrap" c="dimmed">
              <Icon name="search" />
              <Text size="sm" visibleFrom="sm">
                Search records, pages …
              </Text>
              <Kbd size="xs" visibleFrom="sm">
                Ctrl K
              </Kbd>
            </Group>
          </UnstyledButton>
          <Group gap="sm" wrap="nowrap">
            <LiveBadge state={online ? live : 'lost'} />
            <AccountMenu session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p={8} aria-label="Pages">
        {pageEntries
          .filter(({ role }) => role === 'viewer' || mayAct)
          .map(({ path, label, icon }) => (
            <NavLink
              key={path}
              component={Link}
              to={path}
              label={label}
              leftSection={<Icon name={icon} />}
              active={here(path)}
              aria-current={here(path) ? 'page' : undefined}
              onClick={close}
              py={6}
            />
          ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        {(!online || live === 'lost') && <OfflineBanner online={online} />}
        {pathname.startsWith('/inventory') && <PastBanner />}
        <ErrorBoundary key={pathname}>
          <PageRoutes />
        </ErrorBoundary>
      </AppShell.Main>
      <Suspense fallback={null}>
        <Palette />
      </Suspense>
    </AppShell>
  );
}
