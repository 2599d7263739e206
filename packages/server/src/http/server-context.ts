// What every route of one running server works with.

import type { Instant, Store } from '@holdfast/core';
import type { Place } from '../cli/invocation.ts';
import type { Arrivals } from './arrivals.ts';
import type { Connections } from './events/connections.ts';
import type { EventHub } from './events/event-hub.ts';
import type { Fanout } from './events/fanout.ts';
import type { HttpCounts } from './http-counts.ts';
import type { OidcProvider } from './oidc/provider.ts';
import type { LongReads } from './reads/long-reads.ts';
import type { Setup } from './setup.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';

export interface ServerContext {
  readonly store: Store;
  readonly place: Place;
  /** The folder of key, intents and backups. */
  readonly data: string;
  readonly startedAt: Instant;
  readonly setup: Setup;
  /** Where whoever signs in elsewhere does so. */
  readonly oidc: OidcProvider | undefined;
  readonly throttle: SignInThrottle;
  readonly counts: HttpCounts;
  readonly hub: EventHub;
  readonly connections: Connections;
  /** To other servers, where Redis is configured. */
  readonly fanout: Fanout | undefined;
  /** Where statements block the thread. */
  readonly longReads: LongReads | undefined;
  readonly arrivals: Arrivals;
  /** Fires when the server begins to end. */
  readonly stopping: AbortSignal;
  /** Jobs that wait are looked at now and not at the next turn. */
  wake(): void;
  /** When the scheduler of this process last looked, by the monotonic clock. */
  lastTurn(): number | undefined;
  /** Commands of the command line that were done here. */
  commandsTaken(): number;
}
