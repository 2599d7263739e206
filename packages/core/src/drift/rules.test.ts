import { expect, test } from 'vitest';
import type { LeafDifference } from './compare.ts';
import { pathSegments } from './path.ts';
import { classifier } from './rules.ts';

const leaf = (path: string, type: LeafDifference['type'] = 'modified'): LeafDifference => ({
  segments: pathSegments(path),
  type,
  expected: 1,
  actual: 2,
});
const words = ({ category, severity }: { category: string; severity: string }): string =>
  `${category} ${severity}`;

test.each([
  ['config.login.enabled', 'security critical'],
  ['config.mqtt.user', 'security critical'],
  ['authEnabled', 'security critical'],
  ['config.wifi.sta.ssid', 'network warning'],
  ['config.wifi_sta.ipv4_method', 'network warning'],
  ['config.wifi.sta.enable', 'network info'],
  ['config.mqtt.enable', 'network info'],
  ['config.switch:0.auto_off', 'device warning'],
  ['config.relays', 'device warning'],
  ['config.description', 'metadata info'],
  ['config.sys.device.tz', 'system info'],
  ['anything', 'system info'],
])('%s is %s', (path, expected) => {
  expect(words(classifier([])(leaf(path)))).toBe(expected);
});

test('words are whole names: script, shipping and authored are neither ip nor auth', () => {
  expect(words(classifier([])(leaf('config.script:1.enable')))).toBe('device warning');
  expect(words(classifier([])(leaf('config.shipping')))).toBe('system info');
  expect(words(classifier([])(leaf('config.authored')))).toBe('system info');
});

test('what is missing weighs more where nothing else is known', () => {
  expect(words(classifier([])(leaf('anything', 'removed')))).toBe('system warning');
});

test("a resource's own rules go first, in their order, and take what lies below", () => {
  const classify = classifier([
    { path: 'config.net*.mtu', category: 'network', severity: 'info' },
    { path: 'config.net*', category: 'network', severity: 'critical', note: 'Restarts it' },
  ]);
  expect(words(classify(leaf('config.net0.mtu')))).toBe('network info');
  expect(classify(leaf('config.net1'))).toMatchObject({ severity: 'critical', note: 'Restarts it' });
  expect(words(classify(leaf('config.planet0')))).toBe('system info');
});
