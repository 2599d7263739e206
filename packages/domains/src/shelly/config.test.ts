// Configurations as they are kept: what moves is left out, and secrets stand apart.

import { expect, test } from 'vitest';
import { deviceConfig } from './config.ts';
import { versionOf } from './device-row.ts';
import { gen1 } from './gen1.ts';
import { gen2 } from './gen2.ts';
import { normaliseMac } from './mac.ts';

test('secrets are taken out wherever they stand, and equal configurations have equal digests', () => {
  const raw = {
    wifi_ap: { ssid: 'x', key: 'hunter2' },
    pin_code: 1234,
    mqtt: { pass: '', user: 'house' },
    list: [{ password: 'a' }, { password: null }],
    url: 'http://admin:pw@10.0.0.1/on',
    keep_alive: 60,
  };
  const { config, secrets, digest } = deviceConfig(raw);
  expect(config).toEqual({
    wifi_ap: { ssid: 'x' },
    mqtt: { pass: '', user: 'house' },
    list: [{}, { password: null }],
    keep_alive: 60,
  });
  expect(JSON.parse(secrets!)).toEqual({
    'wifi_ap.key': 'hunter2',
    pin_code: 1234,
    'list.0.password': 'a',
    url: 'http://admin:pw@10.0.0.1/on',
  });
  const turned = Object.fromEntries(Object.entries({ ...raw, pin_code: 9999 }).reverse());
  expect(deviceConfig(turned).digest).toBe(digest);
  expect(deviceConfig({ ...raw, keep_alive: 61 }).digest).not.toBe(digest);
});

test('Gen1 state among the settings is no configuration', () => {
  const settings = (ison: boolean, time: string): Record<string, unknown> => ({
    relays: [{ name: 'Lamp', ison, has_timer: ison, timer_remaining: ison ? 5 : 0, auto_off: 0 }],
    lights: [{ name: null, ison, brightness: ison ? 80 : 20, transition: 0 }],
    rollers: [
      { maxtime: 20, state: ison ? 'open' : 'stop', power: ison ? 90 : 0, current_pos: ison ? 10 : 0 },
    ],
    cloud: { enabled: true, connected: ison },
    time,
    unixtime: ison ? 1 : 2,
    fw: ison ? 'a' : 'b',
    tz_dst_auto: true,
    tz_dst: ison,
    tz_utc_offset: ison ? 7200 : 3600,
  });
  const one = gen1.config(settings(true, '10:00'));
  expect(one).toEqual(gen1.config(settings(false, '10:01')));
  expect(one.config).toEqual({
    relays: [{ name: 'Lamp', auto_off: 0 }],
    lights: [{ name: null, transition: 0 }],
    rollers: [{ maxtime: 20 }],
    cloud: { enabled: true },
    tz_dst_auto: true,
  });
});

test('the revision and the firmware of later ones are no configuration', () => {
  const sys = (revision: number, build: string) => ({
    sys: { cfg_rev: revision, device: { name: 'x', fw_id: build }, location: {} },
  });
  expect(gen2.config(sys(1, 'a'))).toEqual(gen2.config(sys(2, 'b')));
  expect(gen2.config(sys(1, 'a')).config).toEqual({ sys: { device: { name: 'x' }, location: {} } });
  expect(gen2.config({ sys: 'odd' }).config).toEqual({ sys: 'odd' });
});

test.each([
  ['20230913-112003/v1.14.0-gcb84623', '1.14.0'],
  ['20230503-101129/v1.13.0-rc1-g9aed950', '1.13.0-rc1'],
  ['20191127-095418/v1.5.6@0d769d69', '1.5.6'],
  ['20260601-101112/2.0.0-beta1-g1c2d3e4', '2.0.0-beta1'],
  ['1.7.5', '1.7.5'],
  ['custom build', null],
  [null, null],
  [undefined, undefined],
])('the version in %j is %j', (build, version) => expect(versionOf(build)).toBe(version));

test.each([
  ['34945472a643', '34945472A643'],
  ['34:94:54:72:A6:43', '34945472A643'],
  ['3494.5472.a643', '34945472A643'],
  ['34-94-54-72-a6', undefined],
  [undefined, undefined],
  [{}, undefined],
])('%j is the MAC %j', (given, mac) => expect(normaliseMac(given)).toBe(mac));
