// Makes a bucket, which the product never does: by the signer that it signs with.

import { request } from 'node:http';
import type { TargetCredentials } from '@holdfast/core/targets';
import { sha256, sign } from '../../packages/core/src/archive/targets/s3/sign.ts';

export async function createBucket(
  endpoint: string,
  bucket: string,
  credentials: TargetCredentials,
): Promise<void> {
  const { host, hostname, port } = new URL(endpoint);
  const [method, path] = ['PUT', `/${bucket}`];
  const { accessKeyId, secretAccessKey } = credentials as { accessKeyId: string; secretAccessKey: string };
  const unsigned = { method, host, path, query: {}, headers: {}, bodyHash: sha256('') };
  const headers = sign(unsigned, { accessKeyId, secretAccessKey, region: 'us-east-1' }, Date.now());
  const status = await new Promise<number>((resolve, reject) => {
    const asked = request({ method, hostname, port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    asked.on('error', reject);
    asked.end();
  });
  if (status !== 200) throw new Error(`making the bucket ${bucket} answered ${status}`);
}
