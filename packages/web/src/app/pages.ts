// The pages there are, as the navigation, the palette and the routes know them. Each is loaded when it is first shown.

import { type ComponentType, lazy } from 'react';
import type { Role } from '../api/types.ts';
import type { IconName } from '../components/icon.tsx';

export interface PageEntry {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  readonly role: Role;
}

export const pageEntries: readonly PageEntry[] = [
  { path: '/', label: 'Overview', icon: 'overview', role: 'viewer' },
  { path: '/inventory', label: 'Inventory', icon: 'inventory', role: 'viewer' },
  { path: '/timeline', label: 'Timeline', icon: 'timeline', role: 'viewer' },
  { path: '/drift', label: 'Drift', icon: 'drift', role: 'viewer' },
  { path: '/sources', label: 'Sources', icon: 'sources', role: 'viewer' },
  { path: '/jobs', label: 'Jobs', icon: 'jobs', role: 'viewer' },
  { path: '/backups', label: 'Backups', icon: 'backups', role: 'viewer' },
  { path: '/audit', label: 'Audit', icon: 'audit', role: 'operator' },
  { path: '/users', label: 'Users and tokens', icon: 'users', role: 'viewer' },
  { path: '/settings', label: 'Settings', icon: 'settings', role: 'viewer' },
];

const page = <Name extends string>(load: () => Promise<Readonly<Record<Name, ComponentType>>>, name: Name) =>
  lazy(async () => ({ default: (await load())[name] }));

export const routes: readonly (readonly [string, ComponentType])[] = [
  ['/', page(() => import('../pages/overview/overview.tsx'), 'Overview')],
  ['/inventory', page(() => import('../pages/inventory/inventory.tsx'), 'Inventory')],
  ['/inventory/:resource', page(() => import('../pages/inventory/resource-table.tsx'), 'ResourceTable')],
  ['/inventory/:resource/:id', page(() => import('../pages/inventory/record-page.tsx'), 'RecordPage')],
  ['/timeline', page(() => import('../pages/timeline/timeline.tsx'), 'Timeline')],
  ['/drift', page(() => import('../pages/drift/drift-page.tsx'), 'DriftPage')],
  ['/sources', page(() => import('../pages/sources/sources.tsx'), 'Sources')],
  ['/sources/:name', page(() => import('../pages/sources/source-page.tsx'), 'SourcePage')],
  ['/jobs', page(() => import('../pages/jobs/jobs.tsx'), 'Jobs')],
  ['/jobs/:id', page(() => import('../pages/jobs/job-page.tsx'), 'JobPage')],
  ['/backups', page(() => import('../pages/backups/backups.tsx'), 'Backups')],
  ['/backups/:id', page(() => import('../pages/backups/archive-page.tsx'), 'ArchivePage')],
  ['/backups/:id/restore', page(() => import('../pages/backups/restore-page.tsx'), 'RestorePage')],
  ['/restore/:name', page(() => import('../pages/backups/restore-upload.tsx'), 'RestoreUpload')],
  ['/audit', page(() => import('../pages/audit/audit.tsx'), 'Audit')],
  ['/users', page(() => import('../pages/users/users.tsx'), 'Users')],
  ['/settings', page(() => import('../pages/settings/settings.tsx'), 'Settings')],
];
