// What mDNS answers tell together: instances of services, and where each of them is.

import type { DnsRecord } from './packet.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Gen1 announces only a web server, newer ones also themselves. */
export const services = ['_shelly._tcp.local', '_http._tcp.local'] as const;

interface Instance {
  /** Who told of it, for lack of an address record. */
  readonly from: string;
  shelly: boolean;
  place?: { readonly port: number; readonly target: string };
}

/** Gathers records over several messages: an answer may come in pieces, and in any order. */
export class Instances {
  readonly #instances = new Map<string, Instance>();
  readonly #addresses = new Map<string, string>();
  readonly #given = new Set<string>();

  /** Takes the records of one message. @returns places of devices that are known only now */
  add(records: readonly DnsRecord[], from: string): Place[] {
    for (const record of records) this.#take(record, from);
    return this.#places(false);
  }

  /** Devices whose answer never named a port: they have the usual one. */
  rest(): Place[] {
    return this.#places(true);
  }

  #take(record: DnsRecord, from: string): void {
    const name = record.name.toLowerCase();
    if (record.type === 'A') this.#addresses.set(name, record.data);
    else if (record.type === 'PTR') {
      const service = services.find((each) => each === name);
      if (service === undefined) return;
      const instance = this.#instance(record.data, from);
      if (service === services[0] || /^shelly/i.test(record.data)) instance.shelly = true;
    } else if (services.some((service) => name.endsWith(`.${service}`))) {
      const instance = this.#instance(record.name, from);
      if (record.type === 'SRV') instance.place = record.data;
      else if ('gen' in record.data) instance.shelly = true;
    }
  }

  #instance(name: string, from: string): Instance {
    const key = name.toLowerCase();
    const found = this.#instances.get(key) ?? { from, shelly: false };
    this.#instances.set(key, found);
    return found;
  }

  #places(unnamed: boolean): Place[] {
    const found: Place[] = [];
    for (const { from, shelly, place } of this.#instances.values()) {
      if (!shelly || (place === undefined && !unnamed)) continue;
      const host = this.#addresses.get(place?.target.toLowerCase() ?? '') ?? from;
      const port = place?.port ?? 80;
      if (port < 1 || this.#given.has(`${host}:${port}`)) continue;
      this.#given.add(`${host}:${port}`);
      found.push({ host, port });
    }
    return found;
  }
}
