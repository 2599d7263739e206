// The verbs there are. Each lives in a file of its own, loaded when it is called.

import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';

/** Adds a verb's options and action to its command. */
export type Register = (command: Command, invocation: Invocation) => void;

export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** What a running server does, where there is one: all of it, or those of its commands. Others only read. */
  readonly writing?: true | readonly string[];
  readonly load: () => Promise<{ readonly register: Register }>;
}

export const verbs: readonly Verb[] = [
  {
    name: 'serve',
    summary: 'the API and the pages, until it is told to stop',
    load: () => import('./serve.ts'),
  },
  {
    name: 'demo',
    summary: 'a simulated cluster, connected and kept in sync',
    load: () => import('./demo.ts'),
  },
  {
    name: 'source',
    summary: 'add, list, test and remove connections',
    writing: ['add', 'test', 'policy', 'remove'],
    load: () => import('./source.ts'),
  },
  {
    name: 'sync',
    summary: 'read the sources and store what changed',
    writing: true,
    load: () => import('./sync.ts'),
  },
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
    writing: ['run', 'ack', 'unack', 'ignore', 'set', 'clear', 'schedule'],
    load: () => import('./drift.ts'),
  },
  {
    name: 'db',
    summary: 'ping, stats, check, repair, seed, reset',
    writing: ['repair', 'seed'],
    load: () => import('./db.ts'),
  },
  {
    name: 'undo',
    summary: 'take back what a sweep, a call or a change did',
    writing: true,
    load: () => import('./undo.ts'),
  },
  {
    name: 'backup',
    summary: 'archives of the database, where they are kept, for how long, and when they are made',
    writing: ['create', 'prune', 'schedule', 'policy', 'pin', 'unpin', 'copy', 'verify', 'key', 'target'],
    load: () => import('./backup.ts'),
  },
  {
    name: 'restore',
    summary: 'an archive into a new database, on any engine, or into one that lives',
    writing: true,
    load: () => import('./restore.ts'),
  },
  {
    name: 'move',
    summary: 'the living database to another engine, and back',
    writing: true,
    load: () => import('./move.ts'),
  },
  {
    name: 'job',
    summary: 'long work: list, show, cancel, run',
    writing: ['run', 'cancel'],
    load: () => import('./job.ts'),
  },
  {
    name: 'user',
    summary: 'who may sign in, and what each may do',
    writing: ['add', 'role', 'password', 'enable', 'disable', 'remove'],
    load: () => import('./user.ts'),
  },
  {
    name: 'token',
    summary: 'API tokens: create, list, revoke',
    writing: ['create', 'revoke'],
    load: () => import('./token.ts'),
  },
  {
    name: 'doctor',
    summary: 'is the schema as declared, are settings as needed',
    load: () => import('./doctor.ts'),
  },
];
