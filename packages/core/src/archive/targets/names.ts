// Names of archives on targets. What is allowed is the same on every target, so that archives can be moved between them.

import { HoldfastError } from '../../errors.ts';

/** Of an upload that goes on in a folder: `NAME.UPLOAD.partial`. */
export const partialSuffix = '.partial';

const allowed = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** No separators, no dot or dash first, no control characters, at most 200 bytes. */
export const isName = (name: string): boolean => allowed.test(name) && !name.endsWith(partialSuffix);

/** @throws TARGET_NAME */
export function checkName(name: string): void {
  if (!isName(name))
    throw new HoldfastError('TARGET_NAME', `${JSON.stringify(name.slice(0, 200))} is no name for an archive`);
}
