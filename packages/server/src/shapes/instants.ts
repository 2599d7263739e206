// Instants in answers.

import { formatInstant, type Instant } from '@holdfast/core';

/** An instant that may not be there. */
export const optionalInstant = (instant: Instant | null): string | null =>
  instant === null ? null : formatInstant(instant);
