// Multipart uploads of a store: those that were begun, and the parts they have.

import { parseInstant } from '../../../schema/instant.ts';
import type { UnfinishedUpload } from '../target.ts';
import type { S3Client } from './request.ts';
import { elements, text } from './xml.ts';

export interface Part {
  readonly number: number;
  /** As the store gave it, quotes included. */
  readonly etag: string;
  readonly size: number;
}

/** @param prefix of the keys, as it is in front of the names */
export async function* listUploads(client: S3Client, prefix: string): AsyncIterable<UnfinishedUpload> {
  let marker: Record<string, string> = {};
  for (;;) {
    const query = { uploads: '', prefix, 'encoding-type': 'url', ...marker };
    const { body } = await client.ask({ method: 'GET', query });
    const xml = body.toString();
    for (const upload of elements(xml, 'Upload'))
      yield {
        name: key(xml, text(upload, 'Key')!).slice(prefix.length),
        id: text(upload, 'UploadId')!,
        modifiedAt: parseInstant(text(upload, 'Initiated')!),
      };
    if (text(xml, 'IsTruncated') !== 'true') return;
    marker = {
      'key-marker': key(xml, text(xml, 'NextKeyMarker')!),
      'upload-id-marker': text(xml, 'NextUploadIdMarker')!,
    };
  }
}

/** In the order of their numbers. */
export async function listParts(client: S3Client, objectKey: string, uploadId: string): Promise<Part[]> {
  const parts: Part[] = [];
  let marker: Record<string, string> = {};
  for (;;) {
    const { body } = await client.ask({ method: 'GET', key: objectKey, query: { uploadId, ...marker } });
    const xml = body.toString();
    for (const part of elements(xml, 'Part'))
      parts.push({
        number: Number(text(part, 'PartNumber')),
        etag: text(part, 'ETag')!,
        size: Number(text(part, 'Size')),
      });
    if (text(xml, 'IsTruncated') !== 'true') return parts.sort((a, b) => a.number - b.number);
    marker = { 'part-number-marker': text(xml, 'NextPartNumberMarker')! };
  }
}

/** Keys may hold what XML cannot, so they are asked for percent-encoded; a store that does not do so says so. */
export const key = (xml: string, value: string): string =>
  text(xml, 'EncodingType') === 'url' ? decodeURIComponent(value.replaceAll('+', ' ')) : value;
