// Parts that queries and bodies have in common.

import { type Instant, isHoldfastError } from '@holdfast/core';
import { z } from 'zod';
import { parseMoment, parseUntil } from '../cli/moments.ts';

const instantOf = (parse: (text: string) => Instant) =>
  z
    .string()
    .max(64)
    .transform((text, context) => {
      try {
        return parse(text);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        context.addIssue({ code: 'custom', message: `${error.message}. ${error.hint}` });
        return z.NEVER;
      }
    });

/** RFC 3339 with a zone, `now`, or `-15m`, `-2h`, `-3d` ago. */
export const moment = instantOf(parseMoment);
/** The same, or how long from now, as `30m`, `12h`, `7d`. */
export const until = instantOf(parseUntil);

/** Given once or several times. */
export const repeated = z
  .union([z.string().max(2_000), z.array(z.string().max(2_000)).max(50)])
  .transform((value) => (typeof value === 'string' ? [value] : value));

// What a URL has is text; the document says what is meant by it, so that generated clients take numbers and booleans.
const flags: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  '': true,
  false: false,
  '0': false,
};

export const flag = z.preprocess(
  (text) => (typeof text === 'string' ? (flags[text] ?? text) : text),
  z.boolean('true or false'),
);

const wholeNumber = (least: number, most: number) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text),
    z.int('a whole number').min(least, `${least} to ${most}`).max(most, `${least} to ${most}`),
  );

export const limitOf = (usual: number, most = 1_000) => wholeNumber(1, most).default(usual);
export const points = wholeNumber(1, 100_000).optional();

export const cursor = z.string().max(8_000).optional();
export const name = z.string().min(1).max(255);
export const wellFormed = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'well-formed text without NUL');

/** `limit` and `after` of a list. */
export const paging = (usual = 100) => ({ limit: limitOf(usual), after: cursor });

export const nothing = z.strictObject({});

/** A page of anything, for the document. */
export const pageOf = (item: z.ZodType, more: z.ZodRawShape = {}) =>
  z.object({ items: z.array(item), next: z.string().nullable(), ...more });

export const anyObject = z.looseObject({});
/** Of long work. */
export const jobAnswer = z.object({
  job: z.looseObject({ id: z.string(), kind: z.string(), state: z.string() }),
});
export const uuidText = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'an id');
