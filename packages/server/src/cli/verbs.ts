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
  { name: 'db', summary: 'ping, stats, check, seed, reset', load: () => import('./db.ts') },
  {
    name: 'doctor',
    summary: 'is the schema as declared, are settings as needed',
    load: () => import('./doctor.ts'),
  },
];
