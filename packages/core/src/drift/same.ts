// When two values mean the same although they are spelled differently.

import { Secret } from '../schema/secret.ts';
import { isObject } from './state.ts';

/**
 * Equal, or only spelled differently: a number as text, 0 and 1 where the other side is a boolean, keys in another
 * order, null for what is not there. Two texts are the same only letter by letter: 1.10 and 1.1 are two versions.
 * @param isSet order and repetitions do not count, and "a,b" is ["a", "b"]
 */
export function isSame(expected: unknown, actual: unknown, isSet = false): boolean {
  if (isSet) return sameSets(expected, actual);
  if (expected === actual) return true;
  if (expected instanceof Secret || actual instanceof Secret) return plain(expected) === plain(actual);
  if (isNothing(expected) || isNothing(actual)) return isNothing(expected) && isNothing(actual);
  if (typeof expected === 'boolean' || typeof actual === 'boolean')
    return truth(expected) === truth(actual) && truth(expected) !== undefined;
  if (typeof expected === 'number' || typeof actual === 'number') return sameNumbers(expected, actual);
  if (Array.isArray(expected) && Array.isArray(actual))
    return expected.length === actual.length && expected.every((each, index) => isSame(each, actual[index]));
  if (!isObject(expected) || !isObject(actual)) return false;
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].every((key) => isSame(own(expected, key), own(actual, key)));
}

/** What is not there. */
export const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** A property of the object itself, never of its prototype. */
export const own = (object: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const plain = (value: unknown): unknown => (value instanceof Secret ? value.reveal() : value);

const words = new Map<unknown, boolean>([
  ...([true, 1, '1', 'true'] as const).map((value) => [value, true] as const),
  ...([false, 0, '0', 'false'] as const).map((value) => [value, false] as const),
]);

const truth = (value: unknown): boolean | undefined => words.get(value);

/** A number, and a number or its text. Digits are compared as they stand: doubles hold 15 of them. */
function sameNumbers(one: unknown, other: unknown): boolean {
  const [left, right] = [decimal(one), decimal(other)];
  return left !== undefined && left === right;
}

/** The one spelling of a number; undefined for what is none. */
function decimal(value: unknown): string | undefined {
  const text = typeof value === 'number' ? spelled(value) : value;
  if (typeof text !== 'string' || !/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return undefined;
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return short === '-0' ? '0' : short;
}

/** Without an exponent, where that is exact. */
function spelled(value: number): string {
  if (Number.isInteger(value)) return String(BigInt(value));
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, first, rest = '', exponent] = match;
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${first}${rest}`;
}

function sameSets(expected: unknown, actual: unknown): boolean {
  const [left, right] = [members(expected), members(actual)];
  if (left === undefined || right === undefined) return isSame(expected, actual);
  const has = (all: readonly unknown[], one: unknown): boolean => all.some((each) => isSame(each, one));
  return left.every((each) => has(right, each)) && right.every((each) => has(left, each));
}

/** What a set holds; an empty one is as good as none. */
function members(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (isNothing(value)) return [];
  if (typeof value !== 'string') return undefined;
  return value.split(/[,;\s]+/).filter((word) => word !== '');
}
