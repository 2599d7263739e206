// What differs between the API of Proxmox VE 6, 7, 8 and 9: one record a version, so that no route asks for a number.

/** The simulated product versions. */
export type ApiVersion = 6 | 7 | 8 | 9;

/** The differences that clients meet. */
export interface Profile {
  readonly api: ApiVersion;
  readonly version: string;
  readonly release: string;
  readonly repoid: string;
  readonly kernel: string;
  /** Error answers carry the reason in the body too. */
  readonly messageInBody: boolean;
  /** Guest lists write numbers as text. */
  readonly qemuIdsAsText: boolean;
  readonly lxcIdsAsText: boolean;
  /** Guest lists always carry template, lock and pid, empty when there is none. */
  readonly emptyFields: boolean;
  /** Machine settings give memory as text. */
  readonly memoryAsText: boolean;
  readonly nextidAsText: boolean;
  /** memhost and pressure gauges exist. */
  readonly pressure: boolean;
  /** Guests list their tags in cluster/resources. */
  readonly tagsInResources: boolean;
  /** What the SDN zones of a node are called in cluster/resources. */
  readonly zoneRows: 'none' | 'sdn' | 'network';
  /** Node rows tell the cgroup mode. */
  readonly cgroupMode: boolean;
  /** Node rows tell the processor architecture. */
  readonly hostArch: boolean;
  /** Node status tells kernel and boot mode apart. */
  readonly bootInfo: boolean;
  /** Machine settings carry `meta`, and boot order in one property. */
  readonly metaAndBootOrder: boolean;
  /** Reason of a 401 for a token with the wrong secret. */
  readonly wrongToken: string;
  /** Two-factor sign-in sends the code to POST /access/ticket rather than to /access/tfa. */
  readonly tfaInTicket: boolean;
}

const nine: Profile = {
  api: 9,
  version: '9.2.11',
  release: '9.2',
  repoid: '7b5a1c9e0f3d2846',
  kernel: '6.17.4-1-pve',
  messageInBody: true,
  qemuIdsAsText: false,
  lxcIdsAsText: false,
  emptyFields: false,
  memoryAsText: true,
  nextidAsText: false,
  pressure: true,
  tagsInResources: true,
  zoneRows: 'network',
  cgroupMode: true,
  hostArch: true,
  bootInfo: true,
  metaAndBootOrder: true,
  wrongToken: 'Authentication failed!',
  tfaInTicket: true,
};

const eight: Profile = {
  ...nine,
  api: 8,
  version: '8.4.14',
  release: '8.4',
  repoid: 'b502d23c55afcba1',
  kernel: '6.8.12-15-pve',
  pressure: false,
  zoneRows: 'sdn',
  hostArch: false,
  wrongToken: 'invalid token value!',
};

const seven: Profile = {
  ...eight,
  api: 7,
  version: '7.4-19',
  release: '7.4',
  repoid: 'f98bf8d4',
  kernel: '5.15.158-2-pve',
  messageInBody: false,
  lxcIdsAsText: true,
  memoryAsText: false,
  nextidAsText: true,
  bootInfo: false,
};

const six: Profile = {
  ...seven,
  api: 6,
  version: '6.4-15',
  release: '6.4',
  repoid: 'af7986e6',
  kernel: '5.4.203-1-pve',
  qemuIdsAsText: true,
  emptyFields: true,
  tagsInResources: false,
  zoneRows: 'none',
  cgroupMode: false,
  metaAndBootOrder: false,
  tfaInTicket: false,
};

const profiles: Record<ApiVersion, Profile> = { 6: six, 7: seven, 8: eight, 9: nine };

/** The record of a version. */
export const profileOf = (version: ApiVersion): Profile => profiles[version];
