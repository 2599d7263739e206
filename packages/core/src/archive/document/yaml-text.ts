// Values as YAML on one line. What YAML has two readings of is always quoted, so that every reader finds the same value.

/** Bytes, marked as such. */
const binary = (bytes: Uint8Array): string => `!!binary "${Buffer.from(bytes).toString('base64')}"`;

/** Words that no reader takes for a number, a date, a truth or a beginning of something else. */
const plain = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const reserved = /^(true|false|null|yes|no|on|off|y|n|nan|inf)$/i;

/** JSON's escapes are YAML's, too; some characters that JSON leaves alone YAML does not print. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export const yamlString = (text: string): string =>
  plain.test(text) && !reserved.test(text) ? text : quoted(text);

/** The one text of a number: integers that a number does not hold exactly are written as what they are, a float. */
export function yamlNumber(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

/** @param sorted keys in order of their code units, for a checksum */
export function yamlValue(value: unknown, sorted = false): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return yamlString(value);
  if (typeof value === 'number') return yamlNumber(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array) return binary(value);
  if (Array.isArray(value)) return `[${value.map((each) => yamlValue(each, sorted)).join(', ')}]`;
  const entries = Object.entries(value);
  if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${quoted(key)}: ${yamlValue(each, sorted)}`).join(', ')}}`;
}
