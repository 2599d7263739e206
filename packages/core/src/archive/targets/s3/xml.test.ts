// Reading answers: elements in their order, entities, and what is not there.

import { expect, test } from 'vitest';
import { elements, text } from './xml.ts';

const xml =
  '<?xml version="1.0"?><List xmlns="x"><Part><Tag>&quot;a&amp;b&quot;</Tag></Part><Part><Tag>&#x41;&#66;</Tag></Part><Particle/></List>';

test('elements and their text', () => {
  expect(elements(xml, 'Part')).toHaveLength(2);
  expect(elements(xml, 'Part').map((part) => text(part, 'Tag'))).toEqual(['"a&b"', 'AB']);
  expect(text(xml, 'Missing')).toBeUndefined();
  expect(elements('<A>unclosed', 'A')).toEqual([]);
});

test('a code point that does not exist is a replacement character', () => {
  expect(text('<A>&#x110000;</A>', 'A')).toBe('\ufffd');
});
