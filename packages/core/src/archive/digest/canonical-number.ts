// Numbers in JSON text under one spelling, however many digits they have.

interface SourceContext {
  readonly source?: string;
}
type Reviver = (this: unknown, key: string, value: unknown, context: SourceContext) => unknown;
/** Both are part of the language, and newer than the library's types. */
const json = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): unknown;
};

/** Up to fifteen digits, without an exponent, always survive as a double. */
const needsCare = /[\d.]{16}|\d[eE]/;

/** A JSON value whose numbers keep every digit. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  if (!needsCare.test(text)) return JSON.parse(text);
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactly(value, source) : value,
  );
}

function exactly(value: number, source: string): unknown {
  const spelled = canonicalNumber(source);
  return spelled === undefined || spelled === canonicalNumber(String(value)) ? value : json.rawJSON(spelled);
}

/** Digits without zeros around them, and a power of ten: the same for equal numbers. Undefined for what is too long. */
export function canonicalNumber(source: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/.exec(source);
  if (!match) return undefined;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${sign}${significant}e${power}`;
}
