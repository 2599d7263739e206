// Made-up DNS records: realistic, any number of them, the same for the same seed.

import type { Insert } from '@holdfast/core';
import type { Random } from '../random.ts';
import { seedInstant } from '../seeding.ts';
import { roles } from '../words.ts';
import { recordFingerprint } from './fingerprint.ts';
import type { dnsRecords, dnsTrackedRecords } from './tables.ts';

const day = 86_400_000_000;
const zones = ['home.example', 'lab.example', 'example.net', 'example.org'] as const;
const ttls = [1, 60, 300, 3600, 86_400] as const;

interface Shape {
  readonly type: string;
  readonly content: (index: number, zone: string, random: Random) => string;
}

const address = (index: number): string => `192.0.${Math.floor(index / 254) % 256}.${(index % 254) + 1}`;
/** In about the shares that zones have them. */
const shapes: readonly Shape[] = [
  { type: 'A', content: address },
  { type: 'A', content: address },
  { type: 'CNAME', content: (_, zone) => zone },
  { type: 'CNAME', content: (_, zone) => `proxy.${zone}` },
  { type: 'AAAA', content: (index) => `2001:db8::${index.toString(16)}` },
  { type: 'TXT', content: (index) => `v=spf1 ip4:${address(index)} -all` },
  { type: 'MX', content: (_, zone) => `mail.${zone}` },
  { type: 'SRV', content: (_, zone) => `sip.${zone}` },
  { type: 'CAA', content: () => 'ca.example' },
];

const hex = (index: number): string => index.toString(16).padStart(32, '0');

export function makeDnsRecord(source: string, index: number, random: Random): Insert<typeof dnsRecords> {
  const zone = zones[index % zones.length]!;
  const { type, content } = random.pick(shapes);
  const record = {
    type,
    name: `${random.pick(roles)}-${index}.${zone}`,
    content: content(index, zone, random),
    ttl: random.pick(ttls),
    proxied: (type === 'A' || type === 'CNAME') && random.next() < 0.4,
    ...(type === 'MX' || type === 'SRV' ? { priority: 10 } : {}),
    ...(type === 'SRV' ? { weight: 5, port: 5060 } : {}),
    ...(type === 'CAA' ? { flags: 0, tag: 'issue' } : {}),
  };
  const managed = random.next() < 0.6;
  return {
    source,
    zone,
    recordId: hex(index),
    provider: 'cloudflare',
    ...record,
    comment: managed ? 'managed by holdfast' : null,
    managed,
    fingerprint: recordFingerprint(record),
    lastProcessed: seedInstant - Math.floor(random.next() * day),
  };
}

/** What is known of a record that there is. */
export function makeTrackedRecord(
  { source, zone, recordId, provider, type, name, content, ttl, proxied }: Insert<typeof dnsRecords>,
  random: Random,
): Insert<typeof dnsTrackedRecords> {
  return {
    source,
    zone,
    recordId,
    provider,
    type,
    name,
    content,
    ttl,
    proxied,
    ownership: random.pick(['owned', 'owned', 'owned', 'adopted', 'observed', 'foreign']),
    trackedAt: seedInstant - Math.floor((30 + random.next() * 335) * day),
    orphanedAt: random.next() < 0.05 ? seedInstant - Math.floor(random.next() * 7 * day) : null,
    metadata: { container: `${random.pick(roles)}-1` },
  };
}
