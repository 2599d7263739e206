// How a Proxmox source is configured: endpoint, certificate, credentials.

import { HoldfastError } from '@holdfast/core';

/** As given on the command line or to the API. */
export interface ProxmoxOptions {
  readonly endpoint?: string | undefined;
  /** `USER@REALM!ID=SECRET` */
  readonly token?: string | undefined;
  /** `USER@REALM`, with `password`: signs in with a ticket. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** SHA-256 of the certificate, with or without colons. */
  readonly fingerprint?: string | undefined;
  readonly insecure?: boolean | undefined;
  /** Longest time for one request, in seconds. @default 60 */
  readonly timeout?: string | undefined;
}

/** As stored with the source, credentials apart. */
export interface ProxmoxSettings {
  readonly endpoint: string;
  readonly fingerprint?: string;
  readonly insecure?: true;
  readonly timeoutMs?: number;
}

export interface ProxmoxCredentials {
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
}

const invalid = (message: string, hint: string): HoldfastError =>
  new HoldfastError('SETTING_INVALID', message, { hint });

/** @throws SETTING_INVALID naming the setting; a secret is never repeated */
export function proxmoxSource(options: ProxmoxOptions): {
  settings: ProxmoxSettings;
  credentials: Record<string, string>;
} {
  const endpoint = parseEndpoint(options.endpoint);
  const fingerprint = parseFingerprint(options.fingerprint);
  const tls = endpoint.startsWith('https:');
  if (fingerprint !== undefined && options.insecure)
    throw invalid('--fingerprint and --insecure contradict each other', 'Give one of them');
  if (fingerprint !== undefined && !tls)
    throw invalid('--fingerprint needs an https endpoint', 'Write the endpoint as https://HOST:8006');
  const timeoutMs = parseTimeout(options.timeout);
  return {
    settings: {
      endpoint,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(options.insecure && tls ? { insecure: true as const } : {}),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
    credentials: parseCredentials(options),
  };
}

function parseEndpoint(text: string | undefined): string {
  const hint = 'Write it as https://HOST:8006';
  if (text === undefined || text === '') throw invalid('--endpoint is missing', hint);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(`--endpoint is no URL: ${JSON.stringify(text)}`, hint);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalid(`--endpoint starts with ${url.protocol}, not with https:`, hint);
  if (url.username !== '' || url.password !== '')
    throw invalid('--endpoint carries a user name or password', 'Give credentials with --token or --user');
  if (url.search !== '' || url.hash !== '') throw invalid('--endpoint carries a query or fragment', hint);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api2\/(json|extjs)$/, '');
  return `${url.origin}${path}`;
}

function parseFingerprint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const hex = text
    .replace(/^sha256[:/]/i, '')
    .replaceAll(/[:\s]/g, '')
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw invalid('--fingerprint is no SHA-256: it has 64 hexadecimal digits', 'pvenode cert info prints it');
}

function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return Math.round(seconds * 1000);
  throw invalid(`--timeout is ${JSON.stringify(text)}`, 'Give seconds, up to 3600');
}

function parseCredentials({ token, user, password }: ProxmoxOptions): Record<string, string> {
  if (token !== undefined) {
    if (user !== undefined) throw invalid('--token and --user contradict each other', 'Give one of them');
    // Header values are printable ASCII; anything else would break the request.
    if (!/^[\x21-\x7e]+@[\x21-\x7e]+![\x21-\x7e]+=[\x21-\x7e]+$/.test(token))
      throw invalid(
        '--token is not of the form USER@REALM!ID=SECRET',
        'Quote it: the shell may take the ! for itself',
      );
    return { token };
  }
  if (user === undefined)
    throw invalid(
      'credentials are missing',
      "Give --token 'USER@REALM!ID=SECRET', or --user and --password-file",
    );
  if (!/^[^@\s]+@[^@\s]+$/.test(user))
    throw invalid('--user is not of the form USER@REALM', 'For example root@pam');
  if (password === undefined || password === '')
    throw invalid('--user needs --password-file', 'The file holds the password on its first line');
  return { user, password };
}
