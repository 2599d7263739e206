// A secret in memory is given out by reveal() and by nothing else.

import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

const secret = new Secret('hunter2');

test('reveal gives it out', () => {
  expect(secret.reveal()).toBe('hunter2');
});

test.each<[string, () => string]>([
  ['String', () => String(secret)],
  ['a template', () => `${secret}`],
  ['JSON', () => JSON.stringify({ deep: [secret] })],
  ['inspect', () => inspect({ secret }, { showHidden: true, depth: null, customInspect: true })],
  ['inspect without customs', () => inspect(secret, { showHidden: true, customInspect: false })],
  ['format', () => format('%s %o %O %j', secret, secret, secret, secret)],
  ['its own keys', () => JSON.stringify(Reflect.ownKeys(secret).map(String))],
  ['a copy', () => JSON.stringify({ ...secret })],
  ['an error', () => inspect(new Error(`failed with ${secret}`, { cause: secret }))],
])('%s does not', (_, print) => {
  expect(print()).not.toContain('hunter2');
});
