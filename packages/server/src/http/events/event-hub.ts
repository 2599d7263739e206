// One reader of the journal for all who follow: it looks while somebody does, and rests while nobody does.

import { formatInstant, isHoldfastError, now, type Store } from '@holdfast/core';
import { type CommittedChange, committedSince, newestPosition } from '@holdfast/core/history';
import { sessions, users } from '@holdfast/core/system';
import { resources } from '../../cli/domains.ts';
import type { Connection, Connections } from './connections.ts';
import { eventId, makeEvent, type Place, parseEventId, type ServerEvent } from './event.ts';
import { WorkWatch } from './watch-work.ts';

/** Of what other processes write; whoever writes through this server has it looked at once. */
const everyMs = 200;
const pingEveryMs = 25_000;
const sessionsEveryMs = 1_000;
/** Changes told of one look, and of what one client has missed: beyond them it reads the lists again. */
const mostChanges = 5_000;

export class EventHub {
  readonly #store: Store;
  readonly #connections: Connections;
  readonly #onError: (error: unknown) => void;
  readonly #work: WorkWatch;
  readonly #onSessions: () => void;
  #position: string | undefined;
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #pinged = 0;
  #looked = 0;

  /** @param onSessions a session was ended here: others may follow with it elsewhere */
  constructor(
    store: Store,
    connections: Connections,
    onError: (error: unknown) => void,
    onSessions: () => void,
  ) {
    this.#onSessions = onSessions;
    this.#store = store;
    this.#connections = connections;
    this.#onError = onError;
    this.#work = new WorkWatch(store);
  }

  /** Takes a connection in: what it has missed first, then everything that comes. */
  async join(connection: Connection, last: string | undefined): Promise<void> {
    const from = last === undefined ? undefined : parseEventId(last);
    await this.#alone(async () => {
      if (this.#position === undefined || this.#connections.size === 0) await this.#begin();
      else await this.#look();
      const place = this.#here();
      const { id, wants } = connection;
      connection.tell(
        makeEvent('hello', from ?? place, { connection: id, as: wants.as, topics: wants.topics }),
      );
      for (const event of await this.#missed(from, place)) connection.tell(event);
      this.#connections.add(connection);
    });
    this.#timer ??= setInterval(() => this.look(), everyMs).unref();
  }

  /** @returns id of an event behind which is all that comes now, for one that reads first and follows then */
  async lastEvent(): Promise<string> {
    // While somebody follows, it costs no question; what was told since the last look is told to one more.
    const at = now();
    return eventId({ at, position: this.#position ?? (await newestPosition(this.#store)) });
  }

  /** Looks now, where anybody follows. */
  look(): void {
    void this.#alone(() => this.#look()).catch(this.#onError);
  }

  /** Ends connections whose session is over; called at once where one was ended here, which others are told. */
  async checkSessions(here = true): Promise<void> {
    if (here) this.#onSessions();
    const all = this.#connections.all;
    const good = new Set<string>();
    const ids = [...new Set(all.map(({ principal }) => principal.session.id))];
    const people = [...new Set(all.map(({ principal }) => principal.user.id))];
    const enabled = new Map<string, string>();
    for (let start = 0; start < people.length; start += 500) {
      const where = { id: { in: people.slice(start, start + 500) }, enabled: true };
      for (const user of (await this.#store.repository(users).list({ where, limit: 500 })).items)
        enabled.set(user.id, user.role);
    }
    for (let start = 0; start < ids.length; start += 500) {
      const where = { id: { in: ids.slice(start, start + 500) }, revokedAt: null };
      for (const session of (await this.#store.repository(sessions).list({ where, limit: 500 })).items)
        if ((session.expiresAt ?? Number.POSITIVE_INFINITY) > now() && enabled.has(session.userId))
          good.add(session.id);
    }
    this.#connections.keepOnly(good);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#connections.end();
    await this.#turn.catch(() => undefined);
  }

  #here = (): Place => ({ at: now(), position: this.#position! });

  /** One at a time: what a client has missed must not come after what is new. */
  #alone(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #begin(): Promise<void> {
    const near = await newestPosition(this.#store);
    this.#position = (await committedSince(this.#store, resources, near, 0)).position;
    await this.#work.begin();
  }

  async #look(): Promise<void> {
    if (this.#position === undefined) return;
    if (this.#connections.size === 0) {
      // Nobody follows: what comes meanwhile is news to nobody.
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#position = undefined;
      return;
    }
    const events = [...(await this.#changes(this.#position)), ...(await this.#work.news(this.#here()))];
    if (events.length > 0) this.#connections.tell(events);
    const at = performance.now();
    if (at - this.#pinged > pingEveryMs) {
      this.#pinged = at;
      for (const connection of this.#connections.all) connection.ping();
    }
    if (at - this.#looked > sessionsEveryMs) {
      this.#looked = at;
      await this.checkSessions(false);
    }
  }

  async #changes(since: string): Promise<ServerEvent[]> {
    const { changes, position, more } = await committedSince(this.#store, resources, since, mostChanges);
    const before = { at: now(), position: since };
    const after = { at: now(), position };
    this.#position = position;
    if (more) return [makeEvent('lost', after, { reason: `more than ${mostChanges} changes at once` })];
    // Only the last of them is behind all: whoever goes on from another one hears this look again.
    return changes.map((change, index) => changeEvent(change, index === changes.length - 1 ? after : before));
  }

  async #missed(from: Place | undefined, place: Place): Promise<ServerEvent[]> {
    if (from === undefined) return this.#work.missed(place.at, place);
    const work = await this.#work.missed(from.at, place);
    try {
      const { changes, more } = await committedSince(this.#store, resources, from.position, mostChanges);
      if (!more) return [...changes.map((change) => changeEvent(change, place)), ...work];
      return [makeEvent('lost', place, { reason: `more than ${mostChanges} changes since` }), ...work];
    } catch (error) {
      if (!isHoldfastError(error) || error.code !== 'CURSOR_INVALID') throw error;
      return [makeEvent('lost', place, { reason: error.message }), ...work];
    }
  }
}

function changeEvent(change: CommittedChange, place: Place): ServerEvent {
  const { resource, id, seq, at, actor, via, source, run, request } = change;
  const fields = {
    ...{ key: `${resource.name}/${seq}`, at: formatInstant(at), resource: resource.name, record: id },
    ...{ change: change.change, actor, via },
    ...(source === null ? {} : { source }),
    ...(run === null ? {} : { run }),
    ...(request === null ? {} : { request }),
  };
  return makeEvent('change', place, fields, { topic: 'changes', resource: resource.name });
}
