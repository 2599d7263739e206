// Figures as people read them.

const whole = new Intl.NumberFormat();
const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export const countText = (count: number): string => whole.format(count);

export function bytesText(bytes: number): string {
  const step = bytes === 0 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log2(Math.abs(bytes)) / 10));
  const scaled = bytes / 1024 ** step;
  return `${step === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${sizes[step]}`;
}

export function lengthText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** How long something runs already, in its two largest units: nobody reads the seconds of a year. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3_600)];
  const [minutes, rest] = [Math.floor((whole % 3_600) / 60), whole % 60];
  if (days > 0) return hours === 0 || days > 99 ? `${countText(days)} d` : `${days} d ${hours} h`;
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  return minutes === 0 ? `${rest} s` : rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

const number = (value: number): string =>
  Number.isInteger(value) ? countText(value) : String(Number(value.toPrecision(4)));

/** What a gauge measures, as its name tells, and how that is read. */
const measures: readonly (readonly [RegExp, (value: number) => string])[] = [
  [/^uptime$/, spanText],
  [/^cpuUsage$|^ioWait$/, (value) => `${(value * 100).toFixed(1)} %`],
  [/percent$|^humidity$|^battery$/i, (value) => `${number(value)} %`],
  [/celsius$|^temperature$/i, (value) => `${number(value)} °C`],
  [/^rssi$/, (value) => `${number(value)} dBm`],
  [/^power$/, (value) => `${number(value)} W`],
  [/^voltage$/, (value) => `${number(value)} V`],
  [/^energy$/, (value) => `${number(value)} Wh`],
  [/Mb$/, (value) => `${number(value)} MB`],
  [/Gb$/, (value) => `${number(value)} GB`],
  [/[a-z]Ms$/, lengthText],
  [/bytes$|^(memory|disk|swap)Usage$|^network(In|Out)$|^disk(Read|Write)$|^memoryHost$/i, bytesText],
  [/(size|max|used|free|total)$/i, (value) => (Math.abs(value) >= 1024 ? bytesText(value) : number(value))],
];

export function measureText(name: string, value: number): string {
  const [, text = number] = measures.find(([pattern]) => pattern.test(name)) ?? [];
  return text(value);
}
