// Polls of guests as Proxmox tells them: processor time with every bit of its fraction, counters that only grow.

import { seeded } from './seeded.ts';

/** Gauges of one guest; those of a stopped one are zero or null. */
export interface Gauges {
  cpuUsage: number;
  memoryUsage: number;
  diskUsage: number;
  networkIn: number;
  networkOut: number;
  diskRead: number;
  diskWrite: number;
  uptime: number;
  pid: number | null;
  memoryHost: number | null;
  pressureCpuSome: number | null;
  pressureCpuFull: number | null;
  pressureIoSome: number | null;
  pressureIoFull: number | null;
  pressureMemorySome: number | null;
  pressureMemoryFull: number | null;
}

export const gaugeNames = (
  'cpuUsage memoryUsage diskUsage networkIn networkOut diskRead diskWrite uptime pid memoryHost pressureCpuSome ' +
  'pressureCpuFull pressureIoSome pressureIoFull pressureMemorySome pressureMemoryFull'
).split(' ') as readonly (keyof Gauges)[];

export interface GuestPoll extends Gauges {
  readonly source: string;
  readonly vmid: number;
}

/** One poll: its instant, and all guests. */
export interface Poll {
  readonly at: number;
  readonly rows: readonly GuestPoll[];
}

const stopped: Gauges = {
  cpuUsage: 0,
  memoryUsage: 0,
  diskUsage: 0,
  networkIn: 0,
  networkOut: 0,
  diskRead: 0,
  diskWrite: 0,
  uptime: 0,
  pid: null,
  memoryHost: null,
  pressureCpuSome: null,
  pressureCpuFull: null,
  pressureIoSome: null,
  pressureIoFull: null,
  pressureMemorySome: null,
  pressureMemoryFull: null,
};

/** Once a minute, a little late each time; four guests in five are running, and some are restarted. */
export function* makePolls(guests: number, polls: number, start: number): Generator<Poll> {
  const random = seeded(7);
  const upTo = (most: number): number => Math.floor(random() * most);
  const percent = (): number => (random() < 0.7 ? 0 : upTo(500) / 100);
  const now: Gauges[] = Array.from({ length: guests }, (_, index) =>
    index % 5 === 4
      ? { ...stopped }
      : {
          ...stopped,
          memoryUsage: 1e9 + upTo(3e9),
          networkIn: upTo(1e11),
          networkOut: upTo(1e11),
          diskRead: upTo(1e12),
          diskWrite: upTo(1e12),
          uptime: upTo(1e6),
          pid: 1000 + upTo(1e6),
        },
  );
  for (let poll = 0; poll < polls; poll++) {
    for (const [index, gauges] of now.entries()) {
      if (index % 5 === 4) continue;
      const restarted = random() < 0.0005;
      const grow = (before: number, most: number): number => (restarted ? 0 : before) + upTo(most);
      Object.assign(gauges, {
        cpuUsage: random() * 0.3,
        memoryUsage: Math.max(5e8, gauges.memoryUsage + upTo(2e8) - 1e8),
        networkIn: grow(gauges.networkIn, 5e6),
        networkOut: grow(gauges.networkOut, 2e6),
        diskRead: grow(gauges.diskRead, 4e6),
        diskWrite: grow(gauges.diskWrite, 8e6),
        uptime: restarted ? 3 : gauges.uptime + 60,
        memoryHost: gauges.memoryUsage + upTo(2e8),
        pressureCpuSome: percent(),
        pressureCpuFull: 0,
        pressureIoSome: percent(),
        pressureIoFull: percent(),
        pressureMemorySome: 0,
        pressureMemoryFull: 0,
      } satisfies Partial<Gauges>);
    }
    const rows = now.map((gauges, index) => ({ source: 'lab', vmid: 100 + index, ...gauges }));
    yield { at: start + poll * 60_000_000 + upTo(40) * 1000, rows };
  }
}
