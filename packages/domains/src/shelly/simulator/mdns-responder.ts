// Answers mDNS questions for simulated devices, as the real ones do: Gen1 only as a web server.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { services } from '../mdns/instances.ts';
import { type DnsRecord, decodeQuestions, encodeAnswer } from '../mdns/packet.ts';
import { type Device, idOf } from './model.ts';

export interface Announced {
  readonly device: Device;
  readonly host: string;
  readonly port: number;
}

export interface Responder {
  close(): void;
}

/** Listens on the mDNS port of one interface. */
export async function startResponder(
  host: string,
  announced: () => readonly Announced[],
): Promise<Responder> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(5353);
  await once(socket, 'listening');
  socket.addMembership('224.0.0.251', host);
  socket.on('message', (message, { address, port }) => {
    const names = decodeQuestions(message).map((name) => name.toLowerCase());
    for (const each of announced()) {
      const asked = services.filter((service) => names.includes(service) && speaks(each.device, service));
      if (asked.length > 0)
        socket.send(encodeAnswer(asked.flatMap((service) => records(each, service))), port, address);
    }
  });
  return { close: () => socket.close() };
}

const speaks = ({ generation }: Device, service: string): boolean =>
  generation > 1 || service === '_http._tcp.local';

function records({ device, host, port }: Announced, service: string): DnsRecord[] {
  const instance = `${idOf(device)}.${service}`;
  const target = `${idOf(device)}.local`;
  const data: Record<string, string> =
    device.generation === 1
      ? { id: idOf(device), fw_id: device.firmware.build, arch: 'esp8266' }
      : { gen: String(device.generation), app: device.app, ver: device.firmware.version };
  return [
    { name: service, type: 'PTR', data: instance },
    { name: instance, type: 'SRV', data: { port, target } },
    { name: instance, type: 'TXT', data },
    { name: target, type: 'A', data: host },
  ];
}
