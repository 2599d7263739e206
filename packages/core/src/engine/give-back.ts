// Large memory given back as soon as nobody uses it: a collection of garbage looks for it only when each thread has left
// behind some thirty megabytes of it.

/**
 * Empties a buffer, or that of bytes: nothing in it is of any use afterwards. Does nothing where the bytes are a part of
 * theirs, which others may use.
 */
export function giveBack(given: ArrayBuffer | Uint8Array): void {
  const buffer = given instanceof Uint8Array ? given.buffer : given;
  if (!(buffer instanceof ArrayBuffer) || given.byteLength !== buffer.byteLength) return;
  if (buffer.byteLength > 0) buffer.transfer(0);
}

/** The same of what the platform has packed or unpacked: what else is in its buffer is room that was not needed. */
export function giveBackOutput({ buffer }: Uint8Array): void {
  // Small outputs share theirs.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) giveBack(buffer);
}

/** The same bytes in a buffer of their own that is no larger. @param output as of `giveBackOutput`; given back */
export function trimmed(output: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = output;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength)
    return output as Uint8Array<ArrayBuffer>;
  const own = Uint8Array.from(output);
  giveBackOutput(output);
  return own;
}
