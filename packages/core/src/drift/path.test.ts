import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyPattern, pathPattern, pathSegments, pathText } from './path.ts';

const segments = fc.array(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 5 });

test('a path is written so that it reads back the same', () => {
  fc.assert(
    fc.property(segments, (path) => {
      expect(pathSegments(pathText(path))).toEqual(path);
    }),
  );
  expect(pathText(['config', 'sys.device', 'a\\b'])).toBe('config.sys\\.device.a\\\\b');
});

test('a path without stars is a pattern of itself, and of what lies below', () => {
  const plain = fc.array(fc.stringMatching(/^[^*]{0,5}$/), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(plain, segments, (path, more) => {
      const pattern = pathPattern(pathText(path));
      expect(pattern(path)).toBe(true);
      expect(pattern([...path, ...more])).toBe(false);
      expect(pattern([...path, ...more], true)).toBe(true);
      expect(pattern(path.slice(0, -1), true)).toBe(false);
    }),
  );
});

test.each([
  ['config.net*', 'config.net0', true],
  ['config.net*', 'config.internet0', false],
  ['config.*.mac', 'config.wifi.mac', true],
  ['config.*.mac', 'config.wifi.sta.mac', false],
  ['**.mac', 'config.wifi.sta.mac', true],
  ['**.mac', 'mac', true],
  ['config.**', 'config', true],
  ['config.**.ip', 'config.ip', true],
  ['config.**.ip', 'config.script', false],
  ['*', 'config', true],
  ['*', 'config.a', false],
])('%s and %s: %s', (pattern, path, expected) => {
  expect(pathPattern(pattern)(pathSegments(path))).toBe(expected);
});

test('a hostile pattern is as quick as any', () => {
  const pattern = anyPattern([`${'**.a.'.repeat(500)}b`, `${'*a'.repeat(500)}b`]);
  expect(pattern(new Array<string>(2_000).fill('a'))).toBe(false);
  expect(pattern(['a'.repeat(20_000)])).toBe(false);
});
