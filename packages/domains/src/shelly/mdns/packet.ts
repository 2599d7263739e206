// DNS messages as mDNS uses them: questions out, answers in (RFC 1035, RFC 6762).

/** A record of an answer. Only these types are read. */
export type DnsRecord =
  | { readonly name: string; readonly type: 'PTR'; readonly data: string }
  | {
      readonly name: string;
      readonly type: 'SRV';
      readonly data: { readonly port: number; readonly target: string };
    }
  | { readonly name: string; readonly type: 'TXT'; readonly data: Readonly<Record<string, string>> }
  | { readonly name: string; readonly type: 'A'; readonly data: string };

const types = { A: 1, PTR: 12, TXT: 16, SRV: 33 } as const;
const internet = 1;
const headerBytes = 12;

/** Labels are text of at most 63 bytes; a dot inside one is escaped, as in service instance names. */
const labels = (name: string): string[] =>
  name.split(/(?<!\\)\./).map((label) => label.replaceAll('\\.', '.'));

const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...labels(name).map((label) => {
      const bytes = Buffer.from(label).subarray(0, 63);
      return Buffer.concat([Buffer.from([bytes.length]), bytes]);
    }),
    Buffer.from([0]),
  ]);

function header(flags: number, questions: number, answers: number): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt16BE(questions, 4);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
}

/** One question for the instances of each service. */
export function encodeQuery(services: readonly string[]): Buffer {
  const questions = services.map((service) =>
    Buffer.concat([encodeName(service), Buffer.from([0, types.PTR, 0, internet])]),
  );
  return Buffer.concat([header(0, questions.length, 0), ...questions]);
}

/** An answer with these records. */
export function encodeAnswer(records: readonly DnsRecord[]): Buffer {
  const encoded = records.map((record) => {
    const data = encodeData(record);
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(types[record.type], 0);
    fixed.writeUInt16BE(internet, 2);
    fixed.writeUInt32BE(120, 4);
    fixed.writeUInt16BE(data.length, 8);
    return Buffer.concat([encodeName(record.name), fixed, data]);
  });
  return Buffer.concat([header(0x8400, 0, encoded.length), ...encoded]);
}

function encodeData({ type, data }: DnsRecord): Buffer {
  if (type === 'A') return Buffer.from(data.split('.').map(Number));
  if (type === 'PTR') return encodeName(data);
  if (type === 'SRV') {
    const fixed = Buffer.alloc(6);
    fixed.writeUInt16BE(data.port, 4);
    return Buffer.concat([fixed, encodeName(data.target)]);
  }
  return Buffer.concat(
    Object.entries(data).map(([key, value]) => {
      const text = Buffer.from(`${key}=${value}`).subarray(0, 255);
      return Buffer.concat([Buffer.from([text.length]), text]);
    }),
  );
}

/** The names that a query asks for. @returns nothing for what is no query */
export function decodeQuestions(message: Buffer): string[] {
  try {
    if (message.readUInt16BE(2) & 0x8000) return [];
    const names: string[] = [];
    let at = headerBytes;
    for (let count = message.readUInt16BE(4); count > 0; count--) {
      const { name, end } = readName(message, at);
      names.push(name);
      at = end + 4;
    }
    return names;
  } catch {
    return [];
  }
}

/** The records of an answer, wherever they stand in it. What cannot be read ends the list. */
export function decodeAnswer(message: Buffer): DnsRecord[] {
  const records: DnsRecord[] = [];
  try {
    if (!(message.readUInt16BE(2) & 0x8000)) return [];
    let at = headerBytes;
    for (let count = message.readUInt16BE(4); count > 0; count--) at = readName(message, at).end + 4;
    const total = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
    for (let count = 0; count < total; count++) {
      const { name, end } = readName(message, at);
      const type = message.readUInt16BE(end);
      const length = message.readUInt16BE(end + 8);
      const record = readData(message, name, type, end + 10, length);
      if (record !== undefined) records.push(record);
      at = end + 10 + length;
    }
  } catch {
    // Anyone on the network can send anything to this port.
  }
  return records;
}

function readData(
  message: Buffer,
  name: string,
  type: number,
  at: number,
  length: number,
): DnsRecord | undefined {
  if (type === types.PTR) return { name, type: 'PTR', data: readName(message, at).name };
  if (type === types.A && length === 4)
    return { name, type: 'A', data: [...message.subarray(at, at + 4)].join('.') };
  if (type === types.SRV) {
    const target = readName(message, at + 6).name;
    return { name, type: 'SRV', data: { port: message.readUInt16BE(at + 4), target } };
  }
  if (type !== types.TXT) return undefined;
  const data: Record<string, string> = {};
  for (let place = at; place < at + length; place += 1 + message[place]!) {
    const text = message.toString('utf8', place + 1, place + 1 + message[place]!);
    const equals = text.indexOf('=');
    if (equals > 0) data[text.slice(0, equals).toLowerCase()] = text.slice(equals + 1);
  }
  return { name, type: 'TXT', data };
}

/** A name, following the pointers that save space; they lead backwards, so that no message is endless. */
function readName(message: Buffer, start: number): { name: string; end: number } {
  const parts: string[] = [];
  let at = start;
  let end: number | undefined;
  for (;;) {
    const length = message.readUInt8(at);
    if (length >= 0xc0) {
      end ??= at + 2;
      const to = message.readUInt16BE(at) & 0x3fff;
      if (to >= at) throw new RangeError('a pointer forwards');
      at = to;
    } else if (length === 0) return { name: parts.join('.'), end: end ?? at + 1 };
    else {
      parts.push(message.toString('utf8', at + 1, at + 1 + length).replaceAll('.', '\\.'));
      at += 1 + length;
    }
  }
}
