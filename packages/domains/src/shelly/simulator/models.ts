// The products that fleets are made of.

export interface Model {
  readonly generation: 1 | 2 | 3 | 4;
  readonly model: string;
  readonly app: string;
  /** Outputs with a meter each. */
  readonly channels: number;
  readonly kind: 'relay' | 'light' | 'roller' | 'switch' | 'cover' | 'em' | 'pm1' | 'input' | 'sensor';
  readonly battery?: true;
  readonly ethernet?: true;
}

export const models: readonly Model[] = [
  { generation: 1, model: 'SHSW-1', app: '1', channels: 1, kind: 'relay' },
  { generation: 1, model: 'SHSW-PM', app: '1pm', channels: 1, kind: 'relay' },
  { generation: 1, model: 'SHSW-25', app: 'switch25', channels: 2, kind: 'relay' },
  { generation: 1, model: 'SHSW-25', app: 'switch25', channels: 1, kind: 'roller' },
  { generation: 1, model: 'SHDM-2', app: 'dimmer2', channels: 1, kind: 'light' },
  { generation: 1, model: 'SHIX3-1', app: 'ix3', channels: 0, kind: 'input' },
  { generation: 1, model: 'SHHT-1', app: 'ht', channels: 0, kind: 'sensor', battery: true },
  { generation: 2, model: 'SNSW-001P16EU', app: 'Plus1PM', channels: 1, kind: 'switch' },
  { generation: 2, model: 'SNSW-102P16EU', app: 'Plus2PM', channels: 2, kind: 'switch' },
  { generation: 2, model: 'SPSW-104PE16EU', app: 'Pro4PM', channels: 4, kind: 'switch', ethernet: true },
  { generation: 2, model: 'SPEM-003CEBEU', app: 'Pro3EM', channels: 1, kind: 'em', ethernet: true },
  { generation: 2, model: 'SNSN-0013A', app: 'PlusHT', channels: 0, kind: 'sensor', battery: true },
  { generation: 3, model: 'S3SW-001P8EU', app: 'Mini1PMG3', channels: 1, kind: 'switch' },
  { generation: 3, model: 'S3PM-001PCEU16', app: 'MiniPMG3', channels: 1, kind: 'pm1' },
  { generation: 3, model: 'S3SW-002P16EU', app: '2PMG3', channels: 1, kind: 'cover' },
  { generation: 3, model: 'S3DM-0010WW', app: 'Dimmer0110VPMG3', channels: 1, kind: 'light' },
  { generation: 4, model: 'S4SW-001P16EU', app: 'S1PMG4', channels: 1, kind: 'switch' },
  { generation: 4, model: 'S4SW-002P16EU', app: 'S2PMG4', channels: 2, kind: 'switch' },
];

/** Firmware of each generation; devices are not all on the newest. */
export const firmwares: Readonly<Record<1 | 2 | 3 | 4, readonly { version: string; build: string }[]>> = {
  1: [
    { version: '1.14.0', build: '20230913-112003/v1.14.0-gcb84623' },
    { version: '1.11.8', build: '20220209-094317/v1.11.8-g8c7bb8d' },
    { version: '1.5.6', build: '20191127-095418/v1.5.6@0d769d69' },
  ],
  2: [
    { version: '1.7.5', build: '20260112-090307/1.7.5-gd3b0ea4' },
    { version: '1.0.3', build: '20230912-083954/1.0.3-g61f7bd5' },
    { version: '2.0.0-beta1', build: '20260601-101112/2.0.0-beta1-g1c2d3e4' },
  ],
  3: [
    { version: '1.7.5', build: '20260112-090421/1.7.5-gd3b0ea4' },
    { version: '1.2.3', build: '20240910-113020/1.2.3-g2d8f3a1' },
  ],
  4: [{ version: '1.7.5', build: '20260112-090512/1.7.5-gd3b0ea4' }],
};
