// The verbs there are. Each lives in a file of its own, loaded when it is called.

import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';

/** Adds a verb's options and action to its command. */
export type Register = (command: Command, invocation: Invocation) => void;

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly register: Register }>;
}

export const verbs: readonly Verb[] = [
  {
    name: 'demo',
    summary: 'a simulated cluster, connected and kept in sync',
    load: () => import('./demo.ts'),
  },
  { name: 'source', summary: 'add, list, test and remove connections', load: () => import('./source.ts') },
  { name: 'sync', summary: 'read the sources and store what changed', load: () => import('./sync.ts') },
  { name: 'status', summary: 'sources, last sweeps and record counts', load: () => import('./status.ts') },
  { name: 'list', summary: 'the records of a resource', load: () => import('./list.ts') },
  { name: 'show', summary: 'one record in full', load: () => import('./show.ts') },
  {
    name: 'history',
    summary: 'what changed, when, by whom and why',
    load: () => import('./history.ts'),
  },
  { name: 'diff', summary: 'what is different between two moments', load: () => import('./diff.ts') },
  {
    name: 'drift',
    summary: 'where records are not as they should be, and what they should be',
    load: () => import('./drift.ts'),
  },
  { name: 'db', summary: 'ping, stats, check, repair, seed, reset', load: () => import('./db.ts') },
  {
    name: 'undo',
    summary: 'take back what a sweep, a call or a change did',
    load: () => import('./undo.ts'),
  },
  {
    name: 'backup',
    summary: 'archives of the database: create, list, show, verify',
    load: () => import('./backup.ts'),
  },
  {
    name: 'restore',
    summary: 'an archive into a new database, on any engine',
    load: () => import('./restore.ts'),
  },
  { name: 'job', summary: 'long work: list, show, cancel, run', load: () => import('./job.ts') },
  {
    name: 'doctor',
    summary: 'is the schema as declared, are settings as needed',
    load: () => import('./doctor.ts'),
  },
];
