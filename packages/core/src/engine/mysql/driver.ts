// The driver of MySQL and MariaDB, loaded when a database of one is first opened: programs on SQLite need not have it.

import { HoldfastError } from '../../errors.ts';

export type Mysql = typeof import('mysql2');

/** @throws DRIVER_MISSING */
export async function loadDriver(): Promise<Mysql> {
  try {
    return (await import('mysql2')).default as unknown as Mysql;
  } catch (cause) {
    throw new HoldfastError('DRIVER_MISSING', 'MySQL and MariaDB need the package mysql2', {
      hint: 'npm install mysql2',
      cause,
    });
  }
}
