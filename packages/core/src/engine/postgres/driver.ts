// The driver of PostgreSQL, loaded when a database of it is first opened: programs on SQLite need not have it.

import { HoldfastError } from '../../errors.ts';

export type Pg = typeof import('pg').default;
export type CopyFrom = typeof import('pg-copy-streams').from;

/** @throws DRIVER_MISSING */
export async function loadDriver(): Promise<{ readonly pg: Pg; readonly copyFrom: CopyFrom }> {
  try {
    const [{ default: pg }, { from: copyFrom }] = await Promise.all([
      import('pg'),
      import('pg-copy-streams'),
    ]);
    return { pg, copyFrom };
  } catch (cause) {
    throw new HoldfastError('DRIVER_MISSING', 'PostgreSQL needs the packages pg and pg-copy-streams', {
      hint: 'npm install pg pg-copy-streams',
      cause,
    });
  }
}
