// Targets as the command line writes them. Credentials are no part of the text: it ends up in histories and lists.

import { HoldfastError } from '../../errors.ts';
import { checkSettings, type TargetSettings } from './settings.ts';

/**
 * `folder:/PATH`, `s3://BUCKET/PREFIX?endpoint=URL&region=REGION&addressing=path|virtual&partSize=BYTES` or
 * `sftp://USER@HOST:PORT/PATH?fingerprint=SHA256:…`. @throws TARGET_INVALID
 */
export function parseTarget(text: string): TargetSettings {
  const [kind] = /^[a-z0-9]+(?=:)/.exec(text) ?? [];
  if (kind === 'folder') return checkSettings({ kind, path: text.slice('folder:'.length) });
  if (kind !== 's3' && kind !== 'sftp') throw invalid(text, 'it starts with none of folder:, s3: and sftp:');
  if (!URL.canParse(text)) throw invalid(text, 'it is no URL');
  const url = new URL(text);
  if (url.password !== '' || (kind === 's3' && url.username !== ''))
    throw new HoldfastError('TARGET_INVALID', 'a target is written without its password or key', {
      hint: 'Give credentials in a file of their own: what is typed stays in the history of the shell',
    });
  const options = Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'kind'));
  const path = decoded(text, url.pathname);
  if (kind === 's3') {
    const { partSize, ...rest } = options;
    const prefix = path.replace(/^\/+|\/+$/g, '');
    const size = partSize === undefined ? {} : { partSize: Number(partSize) };
    return checkSettings({ ...rest, ...size, kind, bucket: url.hostname, prefix });
  }
  // A plus in a fingerprint is a plus, whatever forms make of it.
  const { fingerprint, ...rest } = options;
  const pinned = fingerprint === undefined ? {} : { fingerprint: fingerprint.replaceAll(' ', '+') };
  const port = url.port === '' ? {} : { port: Number(url.port) };
  const [host, user] = [url.hostname.replace(/^\[|\]$/g, ''), decoded(text, url.username)];
  return checkSettings({ ...rest, ...pinned, ...port, kind, host, user, path });
}

/** As it can be shown and, but for the marker, parsed again. */
export function formatTarget(settings: TargetSettings): string {
  if (settings.kind === 'folder') return `folder:${settings.path}`;
  if (settings.kind === 's3') {
    const { bucket, prefix, endpoint, region, addressing, partSize } = settings;
    const options = { endpoint, region, addressing, partSize };
    return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}${query(options)}`;
  }
  const { host, port, user, path, fingerprint } = settings;
  const address = host.includes(':') ? `[${host}]` : host;
  return `sftp://${encodeURIComponent(user)}@${address}:${port}${encodeURI(path)}${query({ fingerprint })}`;
}

function query(options: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  const pairs = given.map(([name, value]): [string, string] => [name, String(value)]);
  return `?${new URLSearchParams(pairs)}`;
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid(text, `${part} is not percent-encoded as it should be`);
  }
}

const invalid = (text: string, why: string): HoldfastError =>
  new HoldfastError('TARGET_INVALID', `${JSON.stringify(text)} is no target: ${why}`);
