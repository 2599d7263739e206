// A fleet of Shelly devices, each with a web server of its own: the entry of the simulator.

import { DeviceServer, type RequestEntry } from './device-server.ts';
import type { Fault } from './faults.ts';
import { type Announced, type Responder, startResponder } from './mdns-responder.ts';
import type { Device } from './model.ts';

export { rename, switchOutput, tick, updateFirmware } from './changes.ts';
export type { RequestEntry } from './device-server.ts';
export type { Fault, FaultKind } from './faults.ts';
export { type FleetOptions, hostileNames, makeFleet } from './make-fleet.ts';
export type { Device } from './model.ts';

export interface SimulatorOptions {
  /** Mutable while the simulator runs: the next answer shows it. */
  readonly devices: readonly Device[];
  /** @default 127.0.0.1 */
  readonly host?: string;
}

/** A running simulator. */
export interface Simulator {
  readonly devices: readonly Device[];
  /** `host:port` of every device that is awake. */
  readonly addresses: readonly string[];
  /** Rules that make requests go wrong; the first that matches counts. */
  readonly faults: Fault[];
  /** Every request since the start, oldest first. */
  readonly requests: RequestEntry[];
  addressOf(device: Device): string;
  /** Its web server is gone until it wakes. */
  sleep(device: Device): Promise<void>;
  wake(device: Device): Promise<void>;
  /** Gives it another address, as DHCP does. @returns the new one */
  move(device: Device): Promise<string>;
  /** Lets the devices answer to mDNS. */
  announce(): Promise<Responder>;
  close(): Promise<void>;
}

/** Starts every device on a free port. */
export async function startSimulator({ devices, host = '127.0.0.1' }: SimulatorOptions): Promise<Simulator> {
  const faults: Fault[] = [];
  const requests: RequestEntry[] = [];
  const servers = new Map<Device, DeviceServer>();
  const asleep = new Set<Device>();
  for (const device of devices)
    servers.set(device, new DeviceServer(device, { host, faults, log: (entry) => requests.push(entry) }));
  await Promise.all([...servers.values()].map((server) => server.start(0)));
  const serverOf = (device: Device): DeviceServer => {
    const server = servers.get(device);
    if (server === undefined) throw new Error(`${device.mac} is not one of the simulated devices`);
    return server;
  };
  const awake = (): DeviceServer[] => [...servers.values()].filter(({ device }) => !asleep.has(device));
  const addressOf = (device: Device): string => `${host}:${serverOf(device).port}`;
  const announced = (): Announced[] => awake().map(({ device, port }) => ({ device, host, port }));
  return {
    devices,
    faults,
    requests,
    get addresses() {
      return awake().map(({ device }) => addressOf(device));
    },
    addressOf,
    async sleep(device) {
      asleep.add(device);
      await serverOf(device).stop();
    },
    async wake(device) {
      asleep.delete(device);
      await serverOf(device).start(serverOf(device).port);
    },
    async move(device) {
      const server = serverOf(device);
      const before = server.port;
      // The new port is taken before the old one is free again, so that it is another one.
      const next = new DeviceServer(device, { host, faults, log: (entry) => requests.push(entry) });
      await next.start(0);
      await server.stop();
      servers.set(device, next);
      if (next.port === before) throw new Error('the system gave out the same port twice');
      return addressOf(device);
    },
    announce: () => startResponder(host, announced),
    async close() {
      await Promise.all([...servers.values()].map((server) => server.stop()));
    },
  };
}
