// What happens to simulated devices while a simulator runs.

import { makeRandom } from '../../random.ts';
import type { Device } from './model.ts';

/** Time passes: clocks, counters and gauges move, configurations stay. */
export function tick(devices: readonly Device[], seconds: number): void {
  for (const device of devices) {
    const random = makeRandom(device.uptime + device.revision);
    device.uptime += seconds;
    device.rssi = Math.max(-95, Math.min(-30, device.rssi + random.between(-2, 2)));
    device.temperature = Math.round((device.temperature + random.between(-5, 5) / 10) * 10) / 10;
    device.ramFree += random.between(-500, 500);
    for (const channel of device.channels)
      if (channel.output)
        channel.energy = Math.round(channel.energy * 1000 + (channel.load * seconds) / 3.6) / 1000;
  }
}

export function switchOutput(device: Device, channel: number, on: boolean): void {
  device.channels[channel]!.output = on;
}

/** As its owner does it in the app: the revision moves along. */
export function rename(device: Device, name: string | null): void {
  if (device.generation === 1) device.settings['name'] = name;
  else device.settings['sys'].device.name = name;
  device.revision++;
}

export function updateFirmware(device: Device, version: string): void {
  const build = `20260801-101500/${device.generation === 1 ? 'v' : ''}${version}-gabc1234`;
  device.firmware = { version, build };
  device.uptime = 5;
}
