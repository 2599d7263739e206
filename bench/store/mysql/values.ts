// How everybody but Holdfast connects: nothing parsed that would lose digits, JSON left as text.

import type { ConnectionOptions } from 'mysql2';

export const connectionOptions = (url: string): ConnectionOptions => ({
  uri: url,
  charset: 'utf8mb4',
  supportBigNumbers: true,
  jsonStrings: true,
});
