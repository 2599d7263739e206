// Fleets of any size, the same for the same seed.

import { makeRandom, type Random } from '../../random.ts';
import type { Device } from './model.ts';
import { firmwares, type Model, models } from './models.ts';
import { settingsGen1 } from './settings-gen1.ts';
import { settingsGen2 } from './settings-gen2.ts';

const rooms = [
  'Kitchen',
  'Hall',
  'Bedroom',
  'Office',
  'Garage',
  'Garden',
  'Küche',
  'Bad oben',
  'Cellar',
  'Attic',
];
const things = ['lamp', 'heater', 'socket', 'blind', 'fan', 'meter', 'sensor', 'light'];

/** Names that programs have tripped over. The lone surrogate travels as an escape, which JSON allows. */
export const hostileNames: readonly string[] = [
  `it's "quoted"`,
  'two\nlines\r\nand\ttabs',
  'nul\u0000inside',
  'emoji-🐙-zwj-👩‍💻',
  'lone-\ud800-surrogate',
  'x'.repeat(10_240),
  '<img src=x onerror=alert(1)>',
  "'; DROP TABLE shelly_devices; --",
  '../../etc/passwd',
  '=HYPERLINK("http://example.invalid")',
  'right-to-left-\u202Egnp.exe',
  '__proto__',
  ' ',
  '',
];

export interface FleetOptions {
  readonly devices: number;
  /** @default 1 */
  readonly seed?: number;
  /** Every device has one of the hostile names. @default false */
  readonly hostile?: boolean;
}

/** Devices of all four generations in turn. */
export function makeFleet({ devices, seed = 1, hostile = false }: FleetOptions): Device[] {
  return Array.from({ length: devices }, (_, index) => {
    const name = hostile ? hostileNames[index % hostileNames.length]! : undefined;
    return makeDevice(index, seed, name);
  });
}

/** The maker's part of MACs, by generation. */
const makers = { 1: '349454', 2: '441793', 3: '5432AA', 4: '58E6C5' } as const;

const modelOf = (index: number): Model => models[index % models.length]!;

/** Numbers count up from the seed's own start, so that no two devices of a fleet are the same. */
export function macOf(index: number, seed: number): string {
  const number = (seed * 7_919 + index) % 2 ** 24;
  return `${makers[modelOf(index).generation]}${number.toString(16).padStart(6, '0').toUpperCase()}`;
}

/** One device of a fleet, whatever the others are. @param given its name; one is made up where it is left out */
export function makeDevice(index: number, seed: number, given?: string): Device {
  const random = makeRandom(seed * 1_000_003 + index);
  const model = modelOf(index);
  const name = given ?? (random.next() < 0.2 ? null : madeUpName(index, random));
  const mac = macOf(index, seed);
  const make = model.generation === 1 ? settingsGen1 : settingsGen2;
  return {
    mac,
    generation: model.generation,
    model: model.model,
    app: model.app,
    firmware: random.pick(firmwares[model.generation]),
    profile: model.generation > 1 && (model.kind === 'cover' || model.channels === 2) ? model.kind : null,
    password: null,
    battery: model.battery === true,
    ip: `192.${168 + (Math.floor(index / 64_516) % 80)}.${1 + (Math.floor(index / 254) % 254)}.${1 + (index % 254)}`,
    uptime: random.between(60, 5_000_000),
    rssi: -random.between(35, 85),
    temperature: random.between(200, 650) / 10,
    ramFree: random.between(25_000, 140_000),
    revision: random.between(1, 60),
    channels: Array.from({ length: model.channels }, () => ({
      output: random.next() < 0.5,
      load: random.between(0, 20_000) / 10,
      energy: random.between(0, 9_000_000) / 1000,
    })),
    settings: make(model, name, mac, random),
    added: model.generation >= 3 && random.next() < 0.3 ? awaySwitch() : {},
  };
}

const madeUpName = (index: number, random: Random): string =>
  `${random.pick(rooms)} ${random.pick(things)} ${index}`;

const awaySwitch = (): Device['added'] => ({
  'boolean:200': {
    config: { id: 200, name: 'Away', persisted: false, default_value: false },
    status: { value: false, source: 'init' },
  },
});
