// What a target is configured with: plain objects for a table, with their credentials apart.

import * as z from 'zod';
import { HoldfastError } from '../../errors.ts';

const mebibyte = 2 ** 20;

const folder = z.strictObject({
  kind: z.literal('folder'),
  path: z.string().startsWith('/'),
  /** Random id in the marker file, known once the target is set up. */
  marker: z.string().optional(),
});

const s3 = z.strictObject({
  kind: z.literal('s3'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  /** Before each name, without slashes around it. */
  prefix: z
    .string()
    .regex(/^([\w.!*'()-]+(\/[\w.!*'()-]+)*)?$/)
    .default(''),
  /** Where the store answers; by default Amazon's own in the region. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .default('us-east-1'),
  /** The bucket as the first word of the path, or of the host. Default: path where an endpoint is given. */
  addressing: z.enum(['path', 'virtual']).optional(),
  /** Bytes of a part; one or two are in memory. */
  partSize: z
    .int()
    .min(8 * mebibyte)
    .max(64 * mebibyte)
    .default(16 * mebibyte),
});

const sftp = z.strictObject({
  kind: z.literal('sftp'),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(22),
  user: z.string().min(1),
  path: z.string().startsWith('/'),
  /** Of the server's key, as `SHA256:…`. Without it the first sign-in is refused, and says which it is. */
  fingerprint: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/)
    .optional(),
  marker: z.string().optional(),
});

const settings = z.discriminatedUnion('kind', [folder, s3, sftp]);

const credentials = z.strictObject({
  accessKeyId: z.string().min(1).optional(),
  secretAccessKey: z.string().min(1).optional(),
  sessionToken: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  /** In the form of OpenSSH or PEM. */
  privateKey: z.string().min(1).optional(),
  /** Of the private key. */
  passphrase: z.string().min(1).optional(),
});

export type TargetSettings = z.infer<typeof settings>;
export type FolderSettings = z.infer<typeof folder>;
export type S3Settings = z.infer<typeof s3>;
export type SftpSettings = z.infer<typeof sftp>;

/** Secrets, to be kept sealed. S3: the two keys; SFTP: password, or private key and its passphrase. */
export type TargetCredentials = z.infer<typeof credentials>;

/** Settings from a table or a file, with defaults filled in. @throws TARGET_INVALID naming the setting */
export const checkSettings = (value: unknown): TargetSettings => parse(settings, value);

/** @throws TARGET_INVALID, never with the value */
export const checkCredentials = (value: unknown): TargetCredentials => parse(credentials, value);

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'target'}: ${message}`);
  throw new HoldfastError('TARGET_INVALID', issues.join('; '));
}
