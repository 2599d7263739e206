// From answers and refusals to what goes over the wire, in the two formats that clients use.
import { gzip } from 'node:zlib';
import type { Random } from '../../random.ts';
import type { Answer, Refusal } from './answer.ts';
import { encodeJson, type Row } from './json.ts';
import type { Profile } from './profile.ts';
import { jsonType, type Outgoing } from './response.ts';

/** `json` uses HTTP statuses; `extjs` always answers 200 and puts status and message into the body. */
export type Format = 'json' | 'extjs';

const ok = (envelope: Row, random: Random): Outgoing => ({
  status: 200,
  reason: 'OK',
  body: encodeJson(envelope, random),
  type: jsonType,
});

/** A success. `total` is only sent when there is something to count. */
export const successBody = (answer: Answer, format: Format, random: Random): Outgoing => {
  const envelope: Row = { data: answer.data ?? null };
  if (answer.total !== undefined && answer.total > 0) envelope.total = answer.total;
  if (format === 'extjs') envelope.success = 1;
  return ok(envelope, random);
};

/** A failure. The reason is in the status line, and in newer versions also in the body. */
export const refusalBody = (refusal: Refusal, format: Format, profile: Profile, random: Random): Outgoing => {
  const { status, reason } = refusal;
  if (refusal.empty) return { status, reason, body: null, type: '' };
  const envelope: Row = { data: null };
  if (refusal.errors !== undefined) envelope.errors = refusal.errors;
  // Messages of the API's own code end with a newline, which the status line drops.
  const message = status === 501 || status === 401 ? reason : `${reason}\n`;
  if (format === 'extjs') return ok({ ...envelope, message, status, success: 0 }, random);
  if (profile.messageInBody) envelope.message = message;
  return { status, reason, body: encodeJson(envelope, random), type: jsonType };
};

/** Compresses bodies over 1 KiB for clients that take gzip. */
export const compressed = async (outgoing: Outgoing, accepted: string | undefined): Promise<Outgoing> => {
  const { body } = outgoing;
  if (body === null || body.length <= 1024 || !/gzip/i.test(accepted ?? '')) return outgoing;
  const smaller = await new Promise<Buffer>((resolve, reject) => {
    gzip(body, { level: 1 }, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
  return { ...outgoing, body: smaller, encoding: 'gzip' };
};
