// A turn on the line: one packet, and what the server answers to it. Several may be sent at once, so that the way there
// and back is taken once; the server still does one after the other.

import type { Command, OutgoingPacket, Packet, Wire } from './wire.ts';

export abstract class Turn implements Command {
  readonly #packet: OutgoingPacket;
  #sent = false;
  #followers: readonly Turn[] = [];

  constructor(packet: OutgoingPacket) {
    this.#packet = packet;
  }

  /** Takes a packet of the answer. @returns true when it was the last */
  protected abstract take(packet: Packet, wire: Wire): boolean;
  abstract onResult(error: Error): void;

  execute(packet: Packet | undefined, wire: Wire): boolean {
    if (packet !== undefined) return this.take(packet, wire);
    if (this.#sent) {
      wire._resetSequenceId();
      wire._bumpSequenceId(1);
      return false;
    }
    wire.stream.cork();
    for (const turn of [this, ...this.#followers]) turn.#send(wire);
    wire.stream.uncork();
    return false;
  }

  /** Puts turns in the driver's queue, to be sent together. */
  static queue(wire: Wire, first: Turn, ...followers: readonly Turn[]): void {
    first.#followers = followers;
    for (const turn of [first, ...followers]) wire.addCommand(turn);
  }

  /** Sends turns at once, while others are still answered. All that is in the queue must have been sent. */
  static ahead(wire: Wire, ...turns: readonly Turn[]): void {
    const expected = wire.sequenceId;
    wire.stream.cork();
    for (const turn of turns) turn.#send(wire);
    wire.stream.uncork();
    wire.sequenceId = expected;
    for (const turn of turns) wire.addCommand(turn);
  }

  #send(wire: Wire): void {
    wire._resetSequenceId();
    wire.writePacket(this.#packet);
    this.#sent = true;
  }
}
