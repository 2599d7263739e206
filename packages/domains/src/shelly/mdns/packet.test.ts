// Messages of the network: what real devices send, and what anybody else may.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Instances } from './instances.ts';
import { type DnsRecord, decodeAnswer, decodeQuestions, encodeAnswer, encodeQuery } from './packet.ts';

const records: DnsRecord[] = [
  { name: '_shelly._tcp.local', type: 'PTR', data: 'shellyplus1-1._shelly._tcp.local' },
  {
    name: 'shellyplus1-1._shelly._tcp.local',
    type: 'SRV',
    data: { port: 80, target: 'shellyplus1-1.local' },
  },
  { name: 'shellyplus1-1._shelly._tcp.local', type: 'TXT', data: { gen: '2', app: 'Plus1' } },
  { name: 'shellyplus1-1.local', type: 'A', data: '192.168.1.7' },
];

test('records survive the wire', () => expect(decodeAnswer(encodeAnswer(records))).toEqual(records));

test('questions survive the wire, and are no answers', () => {
  const query = encodeQuery(['_shelly._tcp.local', '_http._tcp.local']);
  expect(decodeQuestions(query)).toEqual(['_shelly._tcp.local', '_http._tcp.local']);
  expect(decodeAnswer(query)).toEqual([]);
  expect(decodeQuestions(encodeAnswer(records))).toEqual([]);
});

test('shortened names are followed backwards, and forwards or in circles never', () => {
  const name = Buffer.from('\x04_tcp\x05local\x00', 'latin1');
  const message = (pointer: number): Buffer => {
    const header = Buffer.from([0, 0, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0]);
    const question = Buffer.concat([Buffer.from('\x05_http', 'latin1'), name, Buffer.from([0, 12, 0, 1])]);
    const data = Buffer.concat([
      Buffer.from('\x03lamp'.replace('\x03', '\x04'), 'latin1'),
      Buffer.from([0xc0, pointer]),
    ]);
    const record = Buffer.concat([Buffer.from([0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 9, 0, data.length]), data]);
    return Buffer.concat([header, question, record]);
  };
  expect(decodeAnswer(message(12))).toEqual([
    { name: '_http._tcp.local', type: 'PTR', data: 'lamp._http._tcp.local' },
  ]);
  for (const pointer of [45, 60, 200]) expect(decodeAnswer(message(pointer))).toEqual([]);
});

test('no bytes break the reader, and it always comes to an end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      decodeAnswer(Buffer.from(bytes));
      decodeQuestions(Buffer.from(bytes));
    }),
  );
  const whole = encodeAnswer(records);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const broken = Buffer.from(whole);
      broken[at] = byte;
      expect(decodeAnswer(broken).length).toBeLessThanOrEqual(records.length);
    }),
  );
});

test('Gen1 is known by its name, later ones also by what they say of themselves', () => {
  const web = (name: string, txt: Record<string, string>): DnsRecord[] => [
    { name: '_http._tcp.local', type: 'PTR', data: `${name}._http._tcp.local` },
    { name: `${name}._http._tcp.local`, type: 'SRV', data: { port: 80, target: `${name}.local` } },
    { name: `${name}._http._tcp.local`, type: 'TXT', data: txt },
  ];
  const found = new Instances();
  expect(found.add(web('printer', {}), '10.0.0.1')).toEqual([]);
  expect(found.add(web('shelly1-349454', { id: 'x' }), '10.0.0.2')).toEqual([{ host: '10.0.0.2', port: 80 }]);
  expect(found.add(web('Hall lamp', { gen: '3' }), '10.0.0.3')).toEqual([{ host: '10.0.0.3', port: 80 }]);
  expect(found.add(web('Hall lamp', { gen: '3' }), '10.0.0.3')).toEqual([]);
  found.add([{ name: '_shelly._tcp.local', type: 'PTR', data: 'late._shelly._tcp.local' }], '10.0.0.4');
  expect(found.rest()).toEqual([{ host: '10.0.0.4', port: 80 }]);
});
