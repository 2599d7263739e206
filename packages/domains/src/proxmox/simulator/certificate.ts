// A self-signed certificate, written in DER by hand: Node can sign and read certificates but not build them.
import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';

/** A certificate with its private key, both PEM, and the SHA-256 of its DER form as upper-case colon hex. */
export interface Certificate {
  cert: string;
  key: string;
  fingerprint: string;
}

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const lengthOf = (size: number): Buffer => {
  if (size < 0x80) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
};

const field = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
};

const sequence = (...parts: Buffer[]): Buffer => field(tags.sequence, ...parts);

const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return field(tags.oid, Buffer.from(bytes));
};

const whole = (value: Buffer): Buffer =>
  // A leading 1 bit would make the number negative.
  field(tags.integer, (value[0] as number) & 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value);

const bits = (value: Buffer): Buffer => field(tags.bitString, Buffer.from([0]), value);

// The standard wants the short form of the year up to 2049, and the long one after it.
const time = (instant: Date): Buffer => {
  const digits = `${instant.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}Z`;
  return instant.getUTCFullYear() < 2050
    ? field(tags.utcTime, Buffer.from(digits.slice(2)))
    : field(tags.generalizedTime, Buffer.from(digits));
};

const commonName = (name: string): Buffer =>
  sequence(field(tags.set, sequence(oid('2.5.4.3'), field(tags.utf8, Buffer.from(name)))));

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  critical
    ? sequence(oid(id), field(tags.boolean, Buffer.from([0xff])), field(tags.octetString, value))
    : sequence(oid(id), field(tags.octetString, value));

const extensions = (): Buffer => {
  const names = sequence(field(0x82, Buffer.from('localhost')), field(0x87, Buffer.from([127, 0, 0, 1])));
  return field(
    0xa3,
    sequence(
      extension('2.5.29.17', false, names),
      extension('2.5.29.19', true, sequence(field(tags.boolean, Buffer.from([0xff])))),
    ),
  );
};

const ecdsaWithSha256 = (): Buffer => sequence(oid('1.2.840.10045.4.3.2'));

const body = (publicKey: KeyObject, from: Date, until: Date): Buffer => {
  const serial = randomBytes(16);
  // Positive, and without a needless leading zero.
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40;
  return sequence(
    field(0xa0, field(tags.integer, Buffer.from([2]))),
    whole(serial),
    ecdsaWithSha256(),
    commonName('localhost'),
    sequence(time(from), time(until)),
    commonName('localhost'),
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(),
  );
};

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) as string[]).join('\n')}\n-----END CERTIFICATE-----\n`;

/** Makes a P-256 key and a certificate for localhost and 127.0.0.1, valid from yesterday for ten years. */
export const makeCertificate = (): Certificate => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = new Date(Date.now() - 86_400_000);
  const until = new Date(from);
  until.setUTCFullYear(from.getUTCFullYear() + 10);
  const toSign = body(publicKey, from, until);
  const der = sequence(toSign, ecdsaWithSha256(), bits(sign('sha256', toSign, privateKey)));
  return {
    cert: pem(der),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    fingerprint: new X509Certificate(der).fingerprint256,
  };
};
