// A program that writes to a database one record after another, until it is told that the database has moved.

import { isHoldfastError } from '@holdfast/core';
import { openRows } from '../archive/open-rows.ts';
import { rows } from '../archive/rows.ts';

const [url, count] = [process.argv[2]!, Number(process.argv[3])];
const store = await openRows(url);
const repository = store.repository(rows);
process.once('disconnect', () => process.exit());
let writes = 0;
let longest = 0;
process.send!('writing');
try {
  for (;;) {
    const begun = performance.now();
    await repository.update({ id: writes % count }, { place: `turn ${writes}` });
    longest = Math.max(longest, performance.now() - begun);
    writes++;
  }
} catch (error) {
  if (!isHoldfastError(error) || error.code !== 'DATABASE_MOVED') throw error;
}
await store.close();
process.send!({ writes, longest });
process.disconnect();
