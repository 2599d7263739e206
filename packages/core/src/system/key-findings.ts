// Does the key file open what is sealed?

import type { Finding } from '../engine/engine.ts';
import { isHoldfastError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import { listSources } from './sources.ts';

/** A missing, exposed or wrong key, and sealed values that were changed. */
export async function keyFindings(store: Store): Promise<Finding[]> {
  try {
    await listSources(store);
    return [];
  } catch (error) {
    if (!isHoldfastError(error) || !/^(SECRET_KEY_|DATA_UNSOUND)/.test(error.code)) throw error;
    return [
      { code: error.code, where: 'holdfast_sources.credentials', what: error.message, fix: error.hint },
    ];
  }
}
