// Arrays of rows for one statement, which MariaDB takes from whoever says at the sign-in that he sends them. The driver
// does not.

import type { OutgoingPacket, Wire } from './wire.ts';

/** Of the capabilities that only MariaDB has: one statement for an array of rows. */
const arraysFlag = 0x04;
/** Among the other ones: what follows is as MySQL has it, without those of MariaDB. */
const mysqlFlag = 0x01;
const header = 4;
/** In a greeting, behind the version: number of the connection, half of the scramble, and a byte of nothing. */
const beforeFlags = 4 + 8 + 1;
/** From the first of its flags to those of MariaDB. */
const betweenFlags = 2 + 1 + 2 + 2 + 1 + 6;
/** In an answer: where the flags of MariaDB are, and how long one is that only asks for encryption. */
const [answerFlags, onlyEncryption] = [28, 32];

/** @param greeting as it came on the line */
export function offersArrays(greeting: Buffer): boolean {
  const flags = greeting.indexOf(0, header + 1) + 1 + beforeFlags;
  const own = flags + betweenFlags;
  return own < greeting.length && (greeting[flags]! & mysqlFlag) === 0 && (greeting[own]! & arraysFlag) !== 0;
}

/** Before the answer to the greeting: it will say so, where it names capabilities of MariaDB at all. */
export function wantArrays(wire: Wire): void {
  const write = wire.writePacket;
  wire.writePacket = (packet: OutgoingPacket) => {
    const { buffer } = packet;
    if ((buffer[header]! & mysqlFlag) === 0) buffer[header + answerFlags]! |= arraysFlag;
    // The answer itself follows once the line is encrypted.
    if (buffer.length > header + onlyEncryption) wire.writePacket = write;
    write.call(wire, packet);
  };
}
