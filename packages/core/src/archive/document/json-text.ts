// JSON as archives have it, text, and as documents show it, values: integers are never rounded.

interface Source {
  readonly source?: string;
}

/** Integers that a number does not hold exactly become bigints. Text that is no JSON stays text. */
export function jsonValue(text: string): unknown {
  const exact = (_: string, value: unknown, { source = '' }: Source): unknown =>
    typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)
      ? BigInt(source)
      : value;
  try {
    return JSON.parse(text, exact as (key: string, value: unknown) => unknown);
  } catch {
    return text;
  }
}

const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** The other way: text as the store itself writes it. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? rawJSON(String(each)) : each));
