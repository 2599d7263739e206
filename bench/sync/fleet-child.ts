// A process of its own that serves simulated Shelly devices over HTTP, some of them slow.

import { makeFleet, startSimulator } from '@holdfast/domains/shelly/simulator';

export interface FleetSize {
  readonly devices: number;
  /** What each answer of the slowest device waits for; every tenth of the others waits half as long. */
  readonly delayMs: number;
}

process.on('message', ({ devices, delayMs }: FleetSize) => {
  void startSimulator({ devices: makeFleet({ devices }) }).then((simulator) => {
    for (const [index, { mac }] of simulator.devices.entries())
      if (index % 10 === 0)
        simulator.faults.push({ kind: 'slow', mac, delayMs: index === 0 ? delayMs : delayMs / 2 });
    process.send!(simulator.addresses);
  });
});
process.on('disconnect', () => process.exit());
