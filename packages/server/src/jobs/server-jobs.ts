// Kinds of jobs that the API asks for: what computes or reads much, in threads of their own.

import { HoldfastError } from '@holdfast/core';
import type { OfferedKind } from '../cli/job-kinds.ts';

const moduleAt = (name: string): URL =>
  new URL(`./${name}.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** Of one that is asked for with more than words. */
const elsewhere = (kind: string, verb: string) => (): never => {
  throw new HoldfastError('USAGE', `${kind} is asked for through the API`, {
    hint: `Here: holdfast ${verb}`,
  });
};

export const serverJobs: readonly OfferedKind[] = [
  {
    summary: 'an archive of the database as it is now',
    params: elsewhere('archive-create', 'backup create'),
    ownRoute: '/api/v1/backups',
    kind: {
      kind: 'archive-create',
      runner: 'worker',
      module: moduleAt('archive-create-module'),
      lease: 'backup',
    },
  },
  {
    summary: 'is an archive whole, and can it be restored',
    params: elsewhere('archive-verify', 'backup verify ARCHIVE'),
    ownRoute: '/api/v1/backups/ID/verify',
    kind: { kind: 'archive-verify', runner: 'worker', module: moduleAt('archive-verify-module') },
  },
  {
    summary: 'an archive into another, empty database',
    params: elsewhere('archive-restore', 'restore ARCHIVE --to URL'),
    role: 'admin',
    restarts: false,
    ownRoute: '/api/v1/restore',
    kind: { kind: 'archive-restore', runner: 'worker', module: moduleAt('archive-restore-module') },
  },
  {
    summary: 'an archive into the database that is served',
    params: elsewhere('archive-restore-into', 'restore ARCHIVE'),
    role: 'admin',
    restarts: false,
    ownRoute: '/api/v1/restore',
    kind: { kind: 'archive-restore-into', runner: 'worker', module: moduleAt('archive-restore-into-module') },
  },
  {
    summary: 'everything that the served database holds, replaced by what an archive has',
    params: elsewhere('archive-replace', 'restore ARCHIVE --replace'),
    role: 'admin',
    restarts: false,
    ownRoute: '/api/v1/restore',
    kind: {
      ...{ kind: 'archive-replace', runner: 'worker', lease: 'replace' },
      module: moduleAt('archive-replace-module'),
    },
  },
  {
    summary: 'the database that is served to another engine, or another place',
    params: elsewhere('move', 'move --to URL'),
    role: 'admin',
    restarts: false,
    ownRoute: '/api/v1/move',
    kind: { kind: 'move', runner: 'worker', module: moduleAt('move-module'), lease: 'move' },
  },
  {
    summary: 'is the data sound: pages, references, values',
    params: () => ({ what: 'check' }),
    ownRoute: '/api/v1/db/check',
    kind: { kind: 'db-check', runner: 'worker', module: moduleAt('findings-module'), lease: 'db-check' },
  },
  {
    summary: 'is the schema as declared, are settings as needed',
    params: () => ({ what: 'doctor' }),
    ownRoute: '/api/v1/doctor',
    kind: { kind: 'doctor', runner: 'worker', module: moduleAt('findings-module'), lease: 'doctor' },
  },
];
