// Several statements as one text, none of which gives rows.

import { Turn } from './turn.ts';
import { type OutgoingPacket, type Packet, readLength, type Wire } from './wire.ts';

const [header, queryCommand] = [4, 0x03];
const errorMark = 0xff;
/** Among the flags at the end of a statement's answer: another one follows. */
const more = 0x0008;

export class ScriptTurn extends Turn {
  readonly #done: (error: unknown) => void;

  /** @param done is called once, with undefined where everything was done; what follows a failure is not */
  constructor(sql: string, done: (error: unknown) => void) {
    super(textPacket(sql));
    this.#done = done;
  }

  onResult(error: Error): void {
    this.#done(error);
  }

  protected take(packet: Packet, wire: Wire): boolean {
    const { buffer, offset } = packet;
    if (buffer[offset] === errorMark) {
      this.#done(packet.asError(wire.clientEncoding));
      return true;
    }
    const [, afterCount] = readLength(buffer, offset + 1);
    const [, afterId] = readLength(buffer, afterCount);
    if ((buffer.readUInt16LE(afterId) & more) !== 0) return false;
    this.#done(undefined);
    return true;
  }
}

function textPacket(sql: string): OutgoingPacket {
  const length = Buffer.byteLength(sql) + 1;
  const buffer = Buffer.allocUnsafe(header + length);
  buffer[header] = queryCommand;
  buffer.write(sql, header + 1);
  return {
    buffer,
    length: () => length,
    writeHeader(sequenceId) {
      buffer.writeUIntLE(length, 0, 3);
      buffer[3] = sequenceId;
    },
  };
}
