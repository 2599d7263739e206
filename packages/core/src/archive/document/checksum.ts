// The checksum of a table's records: equal records in equal order, equal checksum, however the document is laid out.

import { createHash } from 'node:crypto';
import { yamlValue } from './yaml-text.ts';

/** SHA-256 over a line for each record: its fields in the order of their names, as this program writes them. */
export class RecordsChecksum {
  readonly #hash = createHash('sha256');
  count = 0;
  /** Bytes of those lines. */
  bytes = 0;

  add(record: Readonly<Record<string, unknown>>): void {
    const line = `${yamlValue(record, true)}\n`;
    this.#hash.update(line);
    this.count++;
    this.bytes += Buffer.byteLength(line);
  }

  /** For once, at the end. */
  text(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}
