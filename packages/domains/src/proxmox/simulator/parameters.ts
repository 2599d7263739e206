// Parameter verification: every call names what it takes, and anything else is refused.
import { badParameters } from './answer.ts';

/** What a parameter may be. `integer` values have a minimum of 0 unless said otherwise. */
export type ParameterKind =
  | { kind: 'string'; optional?: boolean; values?: readonly string[] }
  | { kind: 'integer'; optional?: boolean; minimum?: number }
  | { kind: 'boolean'; optional?: boolean };

/** Parameter name to kind. */
export type Schema = Readonly<Record<string, ParameterKind>>;

/** Parameters as they came: from the query and, for POST, the body. */
export type Parameters = Record<string, string>;

export const text: ParameterKind = { kind: 'string', optional: true };
export const integer: ParameterKind = { kind: 'integer', optional: true };
export const flag: ParameterKind = { kind: 'boolean', optional: true };

const truths = /^(1|on|yes|true)$/i;
const untruths = /^(0|off|no|false)$/i;

const complaint = (kind: ParameterKind, value: string): string | undefined => {
  if (kind.kind === 'integer') {
    if (!/^[+-]?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
    const minimum = kind.minimum ?? 0;
    if (Number(value) < minimum) return `value must have a minimum value of ${minimum}`;
  } else if (kind.kind === 'boolean') {
    if (!truths.test(value) && !untruths.test(value)) return `type check ('boolean') failed - got '${value}'`;
  } else if (kind.values !== undefined && !kind.values.includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${kind.values.join(', ')}'`;
  }
  return undefined;
};

/** Throws the 400 of the product when a parameter is unknown, missing or of the wrong kind. */
export const verifyParameters = (schema: Schema, given: Parameters): void => {
  const errors: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const kind = Object.hasOwn(schema, name) ? schema[name] : undefined;
    const wrong =
      kind === undefined
        ? 'property is not defined in schema and the schema does not allow additional properties'
        : complaint(kind, value);
    if (wrong !== undefined) errors[name] = wrong;
  }
  for (const [name, kind] of Object.entries(schema)) {
    if (!kind.optional && given[name] === undefined)
      errors[name] = 'property is missing and it is not optional';
  }
  if (Object.keys(errors).length > 0) throw badParameters(errors);
};

/** A verified flag; absent means false. */
export const isSet = (value: string | undefined): boolean => value !== undefined && truths.test(value);

/** A verified whole number, or the default. */
export const numberOr = (value: string | undefined, fallback: number): number =>
  value === undefined ? fallback : Number(value);

/** Form data as the product reads it: `+` is a space, the values of a repeated name are joined by NUL. */
export const readForm = (form: string): Parameters => {
  // Without a prototype, so that a parameter called `__proto__` is only a name.
  const parameters = Object.create(null) as Parameters;
  for (const [name, value] of new URLSearchParams(form)) {
    const earlier = parameters[name];
    parameters[name] = earlier === undefined ? value : `${earlier}\0${value}`;
  }
  return parameters;
};
