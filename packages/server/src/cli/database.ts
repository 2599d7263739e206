// Which database a command works on: the option, or the variables that other programs use too.

import { HoldfastError } from '@holdfast/core';

const schemes: Readonly<Record<string, string>> = {
  postgresql: 'postgres',
  file: 'sqlite',
  mariadb: 'mysql',
};
const engineOf = (name: string): string => schemes[name.toLowerCase()] ?? name.toLowerCase();

/**
 * The URL in `DATABASE_URL`; `DATABASE_PROVIDER`, where it is set, must name the engine of it.
 * @throws SETTING_INVALID
 */
export function databaseFromEnvironment(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { DATABASE_URL: url, DATABASE_PROVIDER: provider } = env;
  if (!url) return undefined;
  const scheme = url.split(':')[0]!;
  if (provider && engineOf(provider) !== engineOf(scheme))
    throw new HoldfastError(
      'SETTING_INVALID',
      `DATABASE_PROVIDER is ${provider}, and DATABASE_URL is one of ${scheme}: they must name the same engine`,
    );
  return url;
}
