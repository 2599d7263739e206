// A simulated device: what it is set to, and what it does at the moment.

/** What JSON holds, as the simulator changes it. */
// biome-ignore lint/suspicious/noExplicitAny: settings of every shape, edited by path
export type Settings = Record<string, any>;

/** One output with its meter. */
export interface Channel {
  output: boolean;
  /** Watts while it is on. */
  load: number;
  /** Watt-hours so far. */
  energy: number;
}

export interface Device {
  /** What it says its MAC is; anything, for devices that lie. */
  mac: string;
  readonly generation: 1 | 2 | 3 | 4;
  readonly model: string;
  /** The short name of the product, as `Plus1PM`; part of its id. */
  readonly app: string;
  firmware: { version: string; build: string };
  profile: string | null;
  /** Of the user admin; null for no sign-in. */
  password: string | null;
  /** Runs on a battery: its server is off while it sleeps. */
  readonly battery: boolean;
  /** The address it believes to have. */
  ip: string;
  uptime: number;
  rssi: number;
  temperature: number;
  ramFree: number;
  revision: number;
  channels: Channel[];
  /** Gen1: /settings without what moves. Later: Shelly.GetConfig without the revision. */
  readonly settings: Settings;
  /** Sensors and virtual components that were added, by key; only in pages of their own. */
  readonly added: Record<string, { config: Settings; status: Settings }>;
}

/** As on the network: Gen1 writes it in upper case, later ones in lower. */
export const idOf = ({ generation, app, mac }: Device): string =>
  `shelly${app.toLowerCase()}-${generation === 1 ? mac : mac.toLowerCase()}`;
