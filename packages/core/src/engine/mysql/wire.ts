// The driver's connection below its types: commands of our own, and the packets that go through them.

import type { Socket } from 'node:net';
import type { Connection } from 'mysql2';

/** A packet that the driver has received; its bytes are another's with the next one. */
export interface Packet {
  readonly buffer: Buffer;
  /** Where its content begins, and ends. */
  readonly offset: number;
  readonly end: number;
  asError(encoding: string): Error;
}

/** A packet to be sent: four bytes of header, then the content. */
export interface OutgoingPacket {
  readonly buffer: Buffer;
  length(): number;
  writeHeader(sequenceId: number): void;
}

/** A command in the driver's queue. */
export interface Command {
  /** Begins without a packet, then takes one after another. @returns true when it is done */
  execute(packet: Packet | undefined, connection: Wire): boolean;
  /** The connection has failed. */
  onResult(error: Error): void;
}

export interface Wire {
  readonly clientEncoding: string;
  readonly stream: Socket;
  /** Of the packet that is expected. */
  sequenceId: number;
  addCommand(command: Command): void;
  writePacket(packet: OutgoingPacket): void;
  _resetSequenceId(): void;
  _bumpSequenceId(packets: number): void;
}

export const wireOf = (raw: Connection): Wire => raw as unknown as Wire;

/** A number whose first byte tells how long it is. @returns the number, and where what follows begins */
export function readLength(buffer: Buffer, at: number): readonly [number, number] {
  const first = buffer[at]!;
  if (first < 0xfb) return [first, at + 1];
  if (first === 0xfc) return [buffer.readUInt16LE(at + 1), at + 3];
  if (first === 0xfd) return [buffer.readUIntLE(at + 1, 3), at + 4];
  return [Number(buffer.readBigUInt64LE(at + 1)), at + 9];
}
