// JSON text with sorted keys: equal values, equal text.

/** @returns undefined for what JSON has no text for */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (isPlainObject(each) ? sorted(each) : each));

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(value);
  for (let index = 1; index < keys.length; index++)
    if (keys[index]! < keys[index - 1]!)
      return Object.fromEntries(keys.sort().map((key) => [key, value[key]]));
  return value;
}
