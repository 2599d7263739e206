// What is told to those who follow, and the id by which they go on after a break.

import { formatInstant, HoldfastError, type Instant } from '@holdfast/core';

export const topics = ['changes', 'jobs', 'drift', 'sources'] as const;
export type Topic = (typeof topics)[number];

/** One event, made into text once for everybody. */
export interface ServerEvent {
  readonly id: string;
  readonly topic: Topic | undefined;
  readonly type: 'hello' | 'change' | 'job' | 'drift' | 'source' | 'lost';
  /** Of a change. */
  readonly resource?: string | undefined;
  readonly text: string;
}

/** Where in the course of events it is: the journal's position, and the instant for what is not in the journal. */
export interface Place {
  readonly at: Instant;
  readonly position: string;
}

export const eventId = ({ at, position }: Place): string =>
  Buffer.from(JSON.stringify([at, position])).toString('base64url');

/** @throws CURSOR_INVALID */
export function parseEventId(text: string): Place {
  try {
    const [at, position] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    if (Number.isSafeInteger(at) && typeof position === 'string') return { at: at as number, position };
  } catch {
    // Falls through to the one error.
  }
  throw new HoldfastError('CURSOR_INVALID', 'last is no id of an event');
}

interface Told {
  readonly topic?: Topic;
  readonly resource?: string;
}

export function makeEvent(
  type: ServerEvent['type'],
  place: Place,
  fields: Readonly<Record<string, unknown>>,
  { topic, resource }: Told = {},
): ServerEvent {
  const id = eventId(place);
  const when =
    type === 'change' || type === 'hello' || type === 'lost' ? {} : { at: formatInstant(place.at) };
  return { id, topic, type, resource, text: JSON.stringify({ type, id, ...when, ...fields }) };
}
