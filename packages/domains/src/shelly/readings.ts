// Readings of a device's channels, and what they come to for the device as a whole.

export type Reading = Record<string, number | boolean | string>;

/** By component, as `switch:0`. */
export type Readings = Record<string, Reading>;

/** What is known of a reading, in the order of names: so it is compared fastest. */
export const readingOf = (known: readonly (readonly [string, unknown])[]): Reading =>
  Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1))) as Reading;

const numbers = (readings: Readings, name: string, of: RegExp = /./): number[] =>
  Object.entries(readings).flatMap(([component, reading]) => {
    const value = reading[name];
    return typeof value === 'number' && of.test(component) ? [value] : [];
  });

/** Two decimals more than any device has, so that sums of the same readings are the same number. */
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

export const sumOf = (readings: Readings, name: string): number | null => {
  const values = numbers(readings, name);
  return values.length === 0 ? null : rounded(values.reduce((sum, value) => sum + value, 0));
};

export const firstOf = (readings: Readings, name: string, of?: RegExp): number | null =>
  numbers(readings, name, of)[0] ?? null;

/** Component names in the order of their numbers, each once. */
export const componentOrder = (names: readonly string[]): string[] =>
  [...new Set(names)].sort((a, b) => {
    const [left = '', leftId = '0'] = a.split(':');
    const [right = '', rightId = '0'] = b.split(':');
    if (left !== right) return left < right ? -1 : 1;
    return Number(leftId) - Number(rightId);
  });
