// Archives of the Shelly Manager project (.sma 2026.1): gzipped JSON with a checksum over its canonical text.

import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, gunzip, gunzipSync } from 'node:zlib';
import { HoldfastError } from '@holdfast/core';
import { jcs } from './canonical-json.ts';
import { checkManagerArchive, type ManagerArchive } from './shape.ts';
import { parseStrictJson } from './strict-json.ts';

/** Bytes, decompressed: what that program allows itself. */
const largest = 100 * 2 ** 20;

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const begins =
  /^\s*\{\s*"(format_version|metadata|devices|templates|discovered_devices|network_settings|plugin_configurations|system_settings)"\s*:/;

/** Whether it looks like one. @param head its first bytes; a few hundred are enough */
export function isManagerArchive(head: Uint8Array): boolean {
  try {
    const some = head.subarray(0, 4_096);
    const plain = isGzip(some)
      ? gunzipSync(some, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: largest })
      : some;
    return begins.test(Buffer.from(plain.subarray(0, 4_096)).toString());
  } catch {
    return false;
  }
}

/**
 * The whole archive, which has to fit into memory several times: the format allows 100 MiB.
 * @throws DOCUMENT_TOO_LARGE, DOCUMENT_INVALID, DOCUMENT_VERSION, DOCUMENT_CHECKSUM
 */
export async function readManagerArchive(bytes: Uint8Array): Promise<ManagerArchive> {
  const plain = isGzip(bytes) ? await decompress(bytes) : bytes;
  if (plain.length > largest) throw tooLarge();
  const archive = checkManagerArchive(parseStrictJson(plain));
  const { metadata } = archive;
  const { checksum } = metadata.integrity;
  const unsigned = {
    ...archive,
    metadata: { ...metadata, integrity: { ...metadata.integrity, checksum: '' } },
  };
  const found = `sha256:${createHash('sha256').update(jcs(unsigned)).digest('hex')}`;
  if (found === checksum) return archive;
  throw new HoldfastError('DOCUMENT_CHECKSUM', `the archive says ${checksum}, and is ${found}`);
}

async function decompress(bytes: Uint8Array): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: largest });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(error);
    throw new HoldfastError('DOCUMENT_INVALID', `the archive cannot be decompressed: ${message}`, {
      cause: error,
    });
  }
}

const tooLarge = (cause?: unknown): HoldfastError =>
  new HoldfastError('DOCUMENT_TOO_LARGE', `the archive is larger than ${largest} bytes when decompressed`, {
    cause,
  });
