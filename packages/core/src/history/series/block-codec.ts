// A chunk: samples of one record over some time, column by column, so that a reader opens only what it asks for.

import { isHoldfastError } from '../../errors.ts';
import { type Block, type BlockColumn, type BlockMetric, type Stat, stats } from './block.ts';
import { ByteReader, ByteWriter, unsound } from './bytes.ts';
import { readColumn, writeColumn } from './column-codec.ts';
import { fitsIntegers, readIntegers, writeIntegers } from './integers.ts';

const version = 1;
/** More rows than any chunk has; what claims more is no chunk. */
const mostRows = 2 ** 24;

/**
 * Version, number of rows, instants, then each column with its name, what it holds, and its length in bytes.
 * Instants lie within 17 years.
 */
export function encodeBlock({ times, columns }: Block): Uint8Array {
  if (!fitsIntegers(times)) throw new RangeError('the instants of a chunk lie too far apart');
  const writer = new ByteWriter();
  writer.byte(version);
  writer.varint(times.length);
  writeIntegers(writer, times);
  writer.varint(columns.length);
  for (const column of columns) {
    writer.block(Buffer.from(column.name));
    writer.byte(stats.indexOf(column.stat) * 2 + (column.wide ? 1 : 0));
    const body = new ByteWriter();
    writeColumn(body, column);
    writer.block(body.finish());
  }
  return writer.finish();
}

/**
 * @param wanted which columns to read; the others are passed over
 * @throws DATA_UNSOUND for bytes that are no chunk
 */
export function decodeBlock(
  bytes: Uint8Array,
  wanted: (column: BlockMetric & { readonly stat: Stat }) => boolean = () => true,
): Block {
  try {
    const reader = new ByteReader(bytes);
    const found = reader.byte();
    if (found !== version) throw unsound(`version ${found} is not known`);
    const rows = reader.varint();
    if (rows > mostRows) throw unsound(`${rows} rows`);
    const times = readIntegers(reader, rows);
    const columns: BlockColumn[] = [];
    for (let left = reader.varint(); left > 0; left--) {
      const name = reader.block().toString();
      const kind = reader.byte();
      const body = reader.block();
      const stat = stats[kind >> 1];
      if (stat === undefined) throw unsound(`a column of kind ${kind} is not known`);
      const column = { name, stat, wide: kind % 2 === 1 };
      if (wanted(column)) columns.push(readColumn(new ByteReader(body), rows, column));
    }
    return { times, columns };
  } catch (error) {
    throw isHoldfastError(error) ? error : unsound((error as Error).message, error);
  }
}
