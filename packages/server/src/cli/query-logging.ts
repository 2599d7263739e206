// Queries on stderr, one JSON line each, as much of them as the variables ask for.

import { HoldfastError, type OnQuery } from '@holdfast/core';

/** From how many milliseconds on a query is slow. */
const slowMs = 200;

const levels = ['error', 'warn', 'info', 'debug'];

/**
 * `DB_LOG_LEVEL`: `error` shows failed queries, `warn` slow ones too, `info` and `debug` all of them.
 * Nothing is shown unless `ENABLE_DB_LOGGING` is true.
 * @throws SETTING_INVALID
 */
export function queryLogging(env: NodeJS.ProcessEnv = process.env): OnQuery | undefined {
  const { ENABLE_DB_LOGGING: enabled = '', DB_LOG_LEVEL: level = 'info' } = env;
  if (!/^(true|on|1)$/i.test(enabled)) return undefined;
  const wanted = levels.indexOf(level.toLowerCase());
  if (wanted < 0)
    throw new HoldfastError('SETTING_INVALID', `DB_LOG_LEVEL is ${level}: it takes ${levels.join(', ')}`);
  return ({ sql, durationMs, error }) => {
    const is = error !== undefined ? 'error' : durationMs >= slowMs ? 'warn' : 'info';
    if (levels.indexOf(is) > wanted) return;
    const line = {
      level: is,
      query: sql,
      ms: Number(durationMs.toFixed(3)),
      ...(error === undefined ? {} : { error: String((error as Error).message) }),
    };
    process.stderr.write(`${JSON.stringify(line)}\n`);
  };
}
