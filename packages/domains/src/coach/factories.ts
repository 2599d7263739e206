// Made-up coaches: realistic, any number of entities, the same for the same seed.

import type { Insert } from '@holdfast/core';
import type { Random } from '../random.ts';
import { seedInstant } from '../seeding.ts';
import type { coachEntities, coachInterlocks, coachStates } from './tables.ts';

const areas = ['living', 'bedroom', 'bath', 'kitchen', 'entry', 'outside', 'bay'] as const;

interface Kind {
  readonly deviceType: string;
  readonly statusDgn: number;
  readonly commandDgn: number | null;
  readonly capabilities: readonly string[];
  readonly states: readonly string[];
}

/** Group numbers are those of the published bus specification. */
const kinds: readonly Kind[] = [
  {
    deviceType: 'light',
    statusDgn: 0x1feda,
    commandDgn: 0x1fedb,
    capabilities: ['on_off', 'brightness'],
    states: ['on', 'off'],
  },
  {
    deviceType: 'slide',
    statusDgn: 0x1ffe8,
    commandDgn: 0x1ffe7,
    capabilities: ['extend', 'retract'],
    states: ['extended', 'retracted'],
  },
  {
    deviceType: 'awning',
    statusDgn: 0x1fef3,
    commandDgn: 0x1fef2,
    capabilities: ['extend', 'retract'],
    states: ['extended', 'retracted'],
  },
  {
    deviceType: 'tank',
    statusDgn: 0x1ffb7,
    commandDgn: null,
    capabilities: ['level'],
    states: ['ok', 'low', 'full'],
  },
];

const kindOf = (index: number): Kind => kinds[index % kinds.length]!;
const entityIdOf = (index: number): string =>
  `${areas[Math.floor(index / kinds.length) % areas.length]}_${kindOf(index).deviceType}_${index}`;

export function makeEntity(source: string, index: number): Insert<typeof coachEntities> {
  const { deviceType, statusDgn, commandDgn, capabilities } = kindOf(index);
  const suggestedArea = areas[Math.floor(index / kinds.length) % areas.length]!;
  return {
    source,
    entityId: entityIdOf(index),
    friendlyName: `${suggestedArea[0]!.toUpperCase()}${suggestedArea.slice(1)} ${deviceType} ${index}`,
    deviceType,
    suggestedArea,
    instance: index % 250,
    statusDgn,
    commandDgn,
    sourceAddress: 0x80 + (index % 64),
    capabilities: [...capabilities],
    groups: [suggestedArea],
  };
}

export function makeState(source: string, index: number, random: Random): Insert<typeof coachStates> {
  const { deviceType, states } = kindOf(index);
  const moves = deviceType === 'slide' || deviceType === 'awning';
  const level = Math.floor(random.next() * 201);
  return {
    source,
    entityId: entityIdOf(index),
    state: random.next() < 0.02 ? 'unknown' : random.pick(states),
    value: deviceType === 'tank' ? { level } : moves ? { position: level } : {},
    operation: moves && random.next() < 0.05 ? 'active' : 'idle',
    reportedAt: seedInstant - Math.floor(random.next() * 5_000_000),
    rawFrame: Uint8Array.of(index % 250, level, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    brightness: deviceType === 'light' ? Math.floor(random.next() * 101) : null,
  };
}

/** As the three features of a coach that can hurt somebody are guarded. */
const guards = [
  ['slide_rooms', ['not_moving', 'park_brake_set', 'jacks_down']],
  ['awnings', ['not_moving', 'park_brake_set', 'wind_low']],
  ['leveling_jacks', ['not_moving', 'park_brake_set', 'engine_off']],
] as const;

export function makeInterlock(source: string, index: number, random: Random): Insert<typeof coachInterlocks> {
  const [feature, conditions] = guards[index % guards.length]!;
  const state = random.pick(['satisfied', 'satisfied', 'satisfied', 'violated', 'unknown'] as const);
  return {
    source,
    name: `${feature}_${index}`,
    feature,
    conditions: [...conditions],
    state,
    reason:
      state === 'satisfied' ? null : state === 'unknown' ? 'no report of the park brake' : 'park_brake_set',
    evaluatedAt: seedInstant,
  };
}
