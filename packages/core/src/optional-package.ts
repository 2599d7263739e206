// Packages that not every program brings along, loaded by the first that needs them.

import { createRequire } from 'node:module';
import { HoldfastError } from './errors.ts';

const require = createRequire(import.meta.url);

function load<T>(name: string, what: string): T {
  try {
    return require(name) as T;
  } catch (cause) {
    throw new HoldfastError('DRIVER_MISSING', `${what} need the package ${name}`, {
      hint: `npm install ${name}`,
      cause,
    });
  }
}

/** @throws DRIVER_MISSING */
export const cronerPackage = () => load<typeof import('croner')>('croner', 'Cron expressions');

/** @throws DRIVER_MISSING */
export const yamlPackage = () => load<typeof import('yaml')>('yaml', 'YAML documents');
