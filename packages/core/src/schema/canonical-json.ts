// JSON text with sorted keys: equal values, equal text.

/** @returns undefined for what JSON has no text for */
export const canonicalJson = (value: unknown): string =>
  isCanonical(value)
    ? JSON.stringify(value)
    : JSON.stringify(value, (_, each: unknown) => (isPlainObject(each) ? sorted(each) : each));

/** Keys stand in order already, all the way down: then the engine's own text, several times as fast, is the same. */
function isCanonical(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isCanonical);
  let before = '';
  for (const key in value) {
    if (key < before || key === 'toJSON' || !isCanonical((value as Record<string, unknown>)[key]))
      return false;
    before = key;
  }
  return !('toJSON' in value);
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index++)
    if (keys[index]! < keys[index - 1]!)
      return Object.fromEntries(keys.sort().map((key) => [key, value[key]]));
  return value;
}
