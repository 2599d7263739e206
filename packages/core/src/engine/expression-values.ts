// Values of expressions in queries built outside repositories: no declared kind says what they are.

/** Whole numbers come as number where that is exact. */
export const plain = (value: unknown): unknown => {
  if (typeof value !== 'bigint') return value;
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value;
};

/** Sums and means: a number where that is exact, a bigint or the text itself where not. */
export const plainNumeric = (value: unknown): unknown => {
  const text = String(value);
  if (/^-?\d+$/.test(text)) return plain(BigInt(text));
  const number = Number(text);
  const shortest = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return String(number) === shortest ? number : text;
};
