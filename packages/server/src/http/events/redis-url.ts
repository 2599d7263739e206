// Where Redis is, and whether it answers.

import { type Finding, HoldfastError } from '@holdfast/core';

/** @throws SETTING_INVALID */
export function redisUrl(text: string): string {
  if (URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)) return text;
  throw new HoldfastError(
    'SETTING_INVALID',
    'the URL of Redis is redis://[USER:PASSWORD@]HOST[:PORT] or rediss://…',
  );
}

/** For `doctor`. @returns what is wrong; nothing where it answers */
export async function redisFindings(url: string | undefined): Promise<Finding[]> {
  if (url === undefined) return [];
  const { createClient } = await import('@redis/client');
  const client = createClient({
    url: redisUrl(url),
    socket: { connectTimeout: 2_000, reconnectStrategy: false },
  });
  // Told by what fails.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
    return [];
  } catch (error) {
    const { host } = new URL(url);
    return [
      {
        code: 'REDIS_LOST',
        where: `redis ${host}`,
        what: `Redis does not answer: ${(error as Error).message || (error as { code?: string }).code}. Servers find out from the database, within half a second`,
        fix: 'start Redis again, or serve without --redis',
        advice: true,
      },
    ];
  } finally {
    if (client.isOpen) client.destroy();
  }
}
