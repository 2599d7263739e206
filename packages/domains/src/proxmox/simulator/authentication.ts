// Who calls: API tokens, sign-in tickets with their CSRF token, and the second factor.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from './answer.ts';
import type { Parameters } from './parameters.ts';
import type { Profile } from './profile.ts';

/** A person who can sign in; `code` is the second factor, and asked for when given. */
export interface SimulatorUser {
  /** USER@REALM. */
  username: string;
  password: string;
  code?: string;
}

/** The signed-in caller: USER@REALM, and the token's name when a token was used. */
export interface Caller {
  user: string;
  tokenid?: string;
}

/** What a sign-in hands out. */
interface Ticket {
  username: string;
  ticket: string;
  CSRFPreventionToken: string;
  NeedTFA?: 1;
}

/** Checks callers. All refusals are `Refusal` with status 401 or 403. */
export interface Authentication {
  /** Finds the caller by token or ticket; calls that write need the CSRF token with a ticket. */
  authenticate(headers: IncomingHttpHeaders, method: string): Caller;
  /** POST /access/ticket, and POST /access/tfa in version 6. */
  signIn(parameters: Parameters, headers: IncomingHttpHeaders): Ticket;
}

// Seconds: a ticket lives two hours, and clocks may differ by five minutes.
const lifetime = 7200;
const tolerance = 300;

const unauthorized = (reason: string): Refusal => new Refusal(401, reason, { empty: true });
const wrongSignIn = (): Refusal => new Refusal(401, 'authentication failure');

const same = (a: string, b: string): boolean => {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
};

const credential = (headers: IncomingHttpHeaders, name: string): string | undefined =>
  new RegExp(`^\\s*${name}=(.+?)\\s*$`).exec(headers.authorization ?? '')?.[1];

const cookie = (headers: IncomingHttpHeaders): string | undefined => {
  const match = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(headers.cookie ?? '');
  const value = match?.[1] ?? credential(headers, 'PVEAuthCookie');
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return value;
  }
};

/** Checks callers against one token (`USER@REALM!ID=SECRET`) and one person. `clock` gives epoch seconds. */
export const makeAuthentication = (
  profile: Profile,
  token: string,
  user: SimulatorUser,
  clock: () => number,
): Authentication => {
  const key = randomBytes(32);
  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64');
  const stamp = (): string => clock().toString(16).toUpperCase().padStart(8, '0');
  const fresh = (hex: string): boolean => {
    const age = clock() - Number.parseInt(hex, 16);
    return age > -tolerance && age < lifetime;
  };

  const issue = (subject: string): Ticket => {
    const time = stamp();
    const plain = `PVE:${subject}:${time}`;
    return {
      username: user.username,
      ticket: `${plain}::${sign(plain)}`,
      CSRFPreventionToken: `${time}:${sign(`${time}:${user.username}`)}`,
    };
  };
  // The subject of a valid ticket: a user, or a challenge that waits for the second factor.
  const subjectOf = (ticket: string): string | undefined => {
    const match = /^(PVE:(.+):([0-9A-F]{8}))::(.+)$/.exec(ticket);
    if (match === null) return undefined;
    const [, plain, subject, time, signature] = match as unknown as string[];
    return same(signature as string, sign(plain as string)) && fresh(time as string) ? subject : undefined;
  };
  const csrfHolds = (given: string | undefined): boolean => {
    const match = /^([0-9A-F]{8}):(.+)$/.exec(given ?? '');
    return (
      match !== null &&
      fresh(match[1] as string) &&
      same(match[2] as string, sign(`${match[1]}:${user.username}`))
    );
  };
  const challenge = profile.tfaInTicket
    ? `!tfa!${encodeURIComponent(JSON.stringify({ totp: true, recovery: 'unavailable' }))}`
    : `tfa!${user.username}`;
  const rightCode = (code: string | undefined): boolean =>
    user.code !== undefined && (code === user.code || code === `totp:${user.code}`);

  return {
    authenticate: (headers, method) => {
      const ticket = cookie(headers);
      if (ticket !== undefined) {
        const subject = subjectOf(ticket);
        if (subject === undefined) throw unauthorized('permission denied - invalid PVE ticket');
        if (subject !== user.username) throw unauthorized('No ticket');
        if (method !== 'GET' && !csrfHolds(headers.csrfpreventiontoken as string | undefined)) {
          throw unauthorized('Permission denied - invalid csrf token');
        }
        return { user: user.username };
      }
      const given = credential(headers, 'PVEAPIToken');
      if (given === undefined) throw unauthorized('No ticket');
      if (!same(given, token)) throw unauthorized(profile.wrongToken);
      const [name, rest] = given.split('!') as [string, string];
      return { user: name, tokenid: rest.slice(0, rest.indexOf('=')) };
    },
    signIn: (parameters, headers) => {
      if (credential(headers, 'PVEAPIToken') !== undefined) {
        throw new Refusal(403, 'Permission denied - API tokens are not allowed here');
      }
      const pending = parameters['tfa-challenge'] ?? (profile.tfaInTicket ? undefined : cookie(headers));
      if (pending !== undefined) {
        const code = parameters.response ?? parameters.password;
        if (subjectOf(pending) !== challenge || !rightCode(code)) throw wrongSignIn();
        return issue(user.username);
      }
      const { username = '', realm, password = '' } = parameters;
      const name = realm === undefined || username.includes('@') ? username : `${username}@${realm}`;
      // A valid ticket renews itself when given as the password.
      const known = same(password, user.password) || subjectOf(password) === user.username;
      if (name !== user.username || !known) throw wrongSignIn();
      return user.code === undefined ? issue(user.username) : { ...issue(challenge), NeedTFA: 1 };
    },
  };
};
