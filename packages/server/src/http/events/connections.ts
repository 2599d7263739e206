// Those who follow events: who they are, what they want, and how much waits for them.

import { randomUUID } from 'node:crypto';
import { formatInstant, HoldfastError, type Instant, now } from '@holdfast/core';
import type { Principal } from '../principal.ts';
import type { ServerEvent, Topic } from './event.ts';

/** The way out to one client. */
export interface Outlet {
  /** Sends one event; false when the client is gone. */
  send(event: ServerEvent): boolean;
  /** Bytes that wait because the client does not read. */
  readonly waiting: number;
  /** A sign of life. */
  ping(): void;
  end(reason: 'slow' | 'signed-out' | 'stopping'): void;
}

export interface Wants {
  readonly as: 'viewer' | 'controller';
  readonly topics: readonly Topic[];
  /** Resources or domains; undefined: all. */
  readonly resources: readonly string[] | undefined;
}

/** What may wait for one client before it is disconnected. */
const mostWaiting = 1_048_576;
/** Connections of one server, so that they cannot take all its memory. */
const mostConnections = 5_000;

export class Connection {
  readonly id = randomUUID();
  readonly since: Instant = now();
  readonly principal: Principal;
  readonly wants: Wants;
  readonly transport: 'websocket' | 'sse';
  readonly address: string;
  readonly #outlet: Outlet;
  sent = 0;

  constructor(
    principal: Principal,
    wants: Wants,
    outlet: Outlet,
    { transport, address }: Pick<Connection, 'transport' | 'address'>,
  ) {
    this.principal = principal;
    this.wants = wants;
    this.transport = transport;
    this.address = address;
    this.#outlet = outlet;
  }

  #takes({ topic, resource }: ServerEvent): boolean {
    const { topics, resources } = this.wants;
    if (topic !== undefined && !topics.includes(topic)) return false;
    if (resource === undefined || resources === undefined) return true;
    return resources.some((name) => resource === name || resource.startsWith(`${name}.`));
  }

  /** @returns `gone`, or `slow` where it was disconnected for that, when it has to go */
  tell(event: ServerEvent): 'told' | 'gone' | 'slow' {
    if (!this.#takes(event)) return 'told';
    if (this.#outlet.waiting > mostWaiting) {
      this.#outlet.end('slow');
      return 'slow';
    }
    this.sent++;
    return this.#outlet.send(event) ? 'told' : 'gone';
  }

  ping(): void {
    this.#outlet.ping();
  }

  end(reason: Parameters<Outlet['end']>[0]): void {
    this.#outlet.end(reason);
  }
}

export class Connections {
  readonly #all = new Map<string, Connection>();
  /** Clients that were disconnected because they did not read. */
  dropped = 0;

  get size(): number {
    return this.#all.size;
  }

  /** @throws TOO_MANY_REQUESTS */
  add(connection: Connection): void {
    if (this.#all.size >= mostConnections)
      throw new HoldfastError('TOO_MANY_REQUESTS', `there are ${mostConnections} connections already`, {
        details: { retryAfter: 30 },
      });
    this.#all.set(connection.id, connection);
  }

  remove(connection: Connection): void {
    this.#all.delete(connection.id);
  }

  tell(events: readonly ServerEvent[]): void {
    for (const connection of this.#all.values())
      for (const event of events) {
        const how = connection.tell(event);
        if (how === 'told') continue;
        if (how === 'slow') this.dropped++;
        this.#all.delete(connection.id);
        break;
      }
  }

  get all(): readonly Connection[] {
    return [...this.#all.values()];
  }

  count(as: Wants['as']): number {
    return this.all.filter(({ wants }) => wants.as === as).length;
  }

  /** Ends those of sessions that are over. @param good ids of sessions */
  keepOnly(good: ReadonlySet<string>): void {
    for (const connection of this.#all.values())
      if (!good.has(connection.principal.session.id)) {
        this.#all.delete(connection.id);
        connection.end('signed-out');
      }
  }

  end(): void {
    for (const connection of this.#all.values()) connection.end('stopping');
    this.#all.clear();
  }
}

export const connectionJson = ({ id, principal, wants, transport, since, address, sent }: Connection) => ({
  ...{ id, user: principal.user.username, as: wants.as, transport, since: formatInstant(since) },
  ...{ topics: wants.topics, resources: wants.resources ?? null, address, sent },
});
