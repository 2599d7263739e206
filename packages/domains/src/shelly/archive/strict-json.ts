// JSON as the archives of Shelly Manager have to be: UTF-8, no key twice, nothing that a double or a string cannot hold.

import { HoldfastError } from '@holdfast/core';

const deepest = 64;
/** Whole tokens; what is none is left to the parser. */
const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|-?\d[\d.eE+-]*/gs;

/** @throws DOCUMENT_INVALID, DOCUMENT_TOO_LARGE */
export function parseStrictJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw invalid('it is not UTF-8', error);
  }
  scan(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid((error as Error).message, error);
  }
}

/** What the parser of the language would let pass: depth, keys that are there twice, numbers that come out as others. */
function scan(text: string): void {
  const levels: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (const [token] of text.matchAll(tokens)) {
    const first = token[0]!;
    if (first === '{' || first === '[') {
      levels.push(first === '{' ? new Set() : undefined);
      if (levels.length > deepest)
        throw new HoldfastError('DOCUMENT_TOO_LARGE', `the archive is nested more than ${deepest} deep`);
      expectsKey = first === '{';
    } else if (first === '}' || first === ']') {
      levels.pop();
      expectsKey = false;
    } else if (first === ',') expectsKey = levels.at(-1) !== undefined;
    else if (first === '"') {
      if (expectsKey) addKey(levels.at(-1)!, token);
      expectsKey = false;
    } else if (first !== ':') checkNumber(token);
  }
}

function addKey(keys: Set<string>, token: string): void {
  let key = token;
  try {
    key = JSON.parse(token) as string;
  } catch {
    // The parser says so later, and where.
  }
  if (keys.has(key)) throw invalid(`the key ${token} is there twice`);
  keys.add(key);
}

function checkNumber(token: string): void {
  const value = Number(token);
  const vanished = value === 0 && /[1-9]/.test(token.split(/e/i)[0]!);
  if (!Number.isFinite(value) || vanished || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    throw invalid(`the number ${token.slice(0, 40)} is none that a double holds exactly`);
}

const invalid = (message: string, cause?: unknown): HoldfastError =>
  new HoldfastError('DOCUMENT_INVALID', `the archive is no JSON as it has to be: ${message}`, { cause });
