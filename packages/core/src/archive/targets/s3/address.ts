// Where a bucket answers: as the first word of the path, or of the host's name.

import { HoldfastError } from '../../../errors.ts';
import type { S3Settings } from '../settings.ts';

export interface Address {
  /** Scheme, host and port. */
  readonly base: URL;
  /** In front of each key, without a slash at its end. */
  readonly path: string;
}

/** @throws TARGET_INVALID where the endpoint has no name that the bucket could stand before */
export function bucketAddress({ bucket, endpoint, region, addressing }: S3Settings): Address {
  const base = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  const folder = base.pathname.replace(/\/+$/, '');
  // A certificate for *.HOST covers one word: a bucket with a dot in it would be two.
  const usual = endpoint === undefined && !bucket.includes('.') ? 'virtual' : 'path';
  if ((addressing ?? usual) === 'path') return { base, path: `${folder}/${bucket}` };
  const host = `${bucket}.${base.hostname}`;
  base.hostname = host;
  if (base.hostname !== host)
    throw new HoldfastError('TARGET_INVALID', `${endpoint} has no name for a bucket to stand before`, {
      hint: 'Leave addressing=virtual away, or give an endpoint with a name',
    });
  return { base, path: folder };
}
