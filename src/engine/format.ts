/** Numbers for people. Text is the same on the page, in the report and in the exported tables. */

const noBreakSpace = '\u00a0';
const minus = '\u2212';

/** Digits so that `value` shows `significant` of them, never fewer than its whole part. */
function withSignificant(value: number, significant: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  // 9.996 to three digits is 10.0: round first, then count the digits again.
  const rounded = Number(value.toPrecision(significant));
  const decimals = Math.max(0, significant - 1 - Math.max(magnitude, Math.floor(Math.log10(Math.abs(rounded)))));
  return withMinus(value.toFixed(Math.min(decimals, 20)));
}

function withMinus(text: string): string {
  return text.replace(/^-(?=.)/, minus);
}

/** `Size of the model`: a text that begins a sentence or a heading. */
export function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Megabytes are 10⁶ bytes; three significant figures; below 1 kB whole bytes. */
export function formatBytes(sizeBytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = sizeBytes;
  // 999.6 would print as 1000 kB: it is 1.00 MB.
  while (unit < units.length - 1 && Math.abs(Number(value.toPrecision(3))) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 ? withMinus(String(value)) : withSignificant(value, 3);
  return `${digits}${noBreakSpace}${sizeBytes === 1 ? 'byte' : units[unit]}`;
}

/** Whole bytes with thin separators, for hovers and exports meant for reading: `10,812,345 bytes`. */
export function formatExactBytes(sizeBytes: number): string {
  return `${formatCount(sizeBytes)}${noBreakSpace}${sizeBytes === 1 ? 'byte' : 'bytes'}`;
}

/** A SHA-256, or that it is on its way: a large model is opened before all of it was read. */
export function formatFingerprint(sha256: string): string {
  return sha256 === '' ? 'computing…' : sha256;
}

/** Stands for NaN, which outputs of broken models give. */
const notANumber = 'not a number';

const longestQuote = 80;

/**
 * A text that somebody gave, in quotation marks. Only the beginning of a long one is kept, such as a pasted file in
 * place of a name.
 */
export function formatQuoted(text: string): string {
  // Characters beyond 16 bits are not cut in two.
  const shown = text.length > longestQuote ? `${text.slice(0, longestQuote).replace(/[\ud800-\udbff]$/, '')}…` : text;
  return `“${shown}”`;
}

/** `1 cell`, `4 cells`: a count with the noun for it. */
export function formatCounted(count: number, one: string): string {
  return `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;
}

export function formatCount(count: number): string {
  return withMinus(String(Math.round(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ','));
}

/** 2.70 M: a count of this size is read by its order of magnitude. */
export function formatShortCount(count: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  let unit = 0;
  let value = count;
  while (unit < units.length - 1 && Number(value.toPrecision(3)) >= 1000) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? withMinus(String(count)) : `${value.toPrecision(3)}${noBreakSpace}${units[unit] ?? ''}`;
}

/** `1 × 3 × N × ?`, `scalar`, `unknown rank` */
export function formatShape(shape: readonly (number | string | null)[] | null): string {
  if (shape === null) return 'unknown rank';
  if (shape.length === 0) return 'scalar';
  return shape.map((entry) => entry ?? '?').join(' × ');
}

/**
 * A time in ms, or in µs below 1 ms. With an interval, only the digits that it justifies are shown, at most four. The
 * last digit is of the order of half the interval's width. Without an interval it has three significant figures.
 */
export function formatDuration(milliseconds: number, intervalMs?: readonly [number, number]): string {
  const inMicroseconds = Math.abs(milliseconds) < 1;
  const inSeconds = Math.abs(milliseconds) >= 10_000;
  const factor = inMicroseconds ? 1000 : inSeconds ? 0.001 : 1;
  const unit = inMicroseconds ? 'µs' : inSeconds ? 's' : 'ms';
  const value = milliseconds * factor;
  const halfWidth = intervalMs ? (Math.abs(intervalMs[1] - intervalMs[0]) / 2) * factor : 0;
  const digits = halfWidth > 0 ? withSignificant(value, justifiedDigits(value, halfWidth)) : withSignificant(value, 3);
  return `${digits}${noBreakSpace}${unit}`;
}

function justifiedDigits(value: number, halfWidth: number): number {
  if (value === 0) return 1;
  const wanted = Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(halfWidth)) + 1;
  return Math.min(4, Math.max(1, wanted));
}

/** `1.52×` */
export function formatRatio(ratio: number): string {
  return `${withSignificant(ratio, 3)}×`;
}

/** Intervals of few runs reach further than any ratio: nobody reads the digits of such an end. */
const [leastEnd, mostEnd] = [0.01, 100];

/** `1.52× (1.48–1.57)`; an interval that leaves everything open is `1.52× (< 0.01–> 100)`. */
export function formatRatioInterval(ratio: number, [low, high]: readonly [number, number]): string {
  const from = low < leastEnd ? `<${noBreakSpace}${leastEnd}` : withSignificant(low, 3);
  const to = high > mostEnd ? `>${noBreakSpace}${mostEnd}` : withSignificant(high, 3);
  return `${formatRatio(ratio)} (${from}–${to})`;
}

/** A fraction as a percentage: 0.7312 is `73.1 %`. */
export function formatPercent(fraction: number, decimals = 1): string {
  if (Number.isNaN(fraction)) return notANumber;
  return `${withMinus((fraction * 100).toFixed(decimals))}${noBreakSpace}%`;
}

/** A fraction as a percentage of two significant figures, however small: 0.00316 is `0.32 %`. */
export function formatShare(fraction: number): string {
  if (Number.isNaN(fraction)) return notANumber;
  return `${formatNumber(fraction * 100, 2)}${noBreakSpace}%`;
}

/** A change of size as a signed percentage: `−73 %`, `+4 %`, `±0 %`. */
export function formatChange(before: number, after: number): string {
  if (before === 0) return `±0${noBreakSpace}%`;
  const percent = ((after - before) / before) * 100;
  const decimals = Math.abs(percent) < 10 ? 1 : 0;
  const text = percent.toFixed(decimals);
  if (Number(text) === 0) return `±0${noBreakSpace}%`;
  return `${percent > 0 ? '+' : ''}${withMinus(text)}${noBreakSpace}%`;
}

/** A ratio from this value on reads better as `3.72× smaller` than as a percentage. */
const sizeRatioFrom = 1.5;
/** Relative differences below this are called the same size. */
export const sameSize = 0.01;

/** A change of size in words: `3.94× smaller`, `17 % smaller`, `4.0 % larger`, `same size`. */
export function formatSizeChange(before: number, after: number): string {
  if (before === 0 || Math.abs(after / before - 1) < sameSize) return 'same size';
  if (after < before && after > 0 && before / after >= sizeRatioFrom) return `${formatRatio(before / after)} smaller`;
  const change = formatChange(before, after).replace(/^[+\u2212±]/, '');
  return `${change} ${after > before ? 'larger' : 'smaller'}`;
}

/** At most so many significant figures, without zeros at the end, and with a real minus. */
export function formatNumber(value: number, significant = 4): string {
  if (Number.isNaN(value)) return notANumber;
  return String(Number(value.toPrecision(significant))).replaceAll('-', minus);
}

/**
 * Three significant figures with the zeros at their end, which say that they were measured: 0.500 beside 0.512. From 1,000
 * on, and below 0.0001, as `formatNumber`.
 */
export function formatFigures(value: number): string {
  const size = Math.abs(value);
  return size >= 999.5 || size < 1e-4 ? formatNumber(value, 3) : withSignificant(value, 3);
}

/** Samples or requests per second, to three figures, because measurements and simulations have no more. */
export function formatRate(perSecond: number): string {
  const rounded = Number(perSecond.toPrecision(3));
  return rounded >= 100 ? formatCount(rounded) : formatNumber(rounded, 3);
}

/** An error or a divergence, to three figures. It is a power of ten below a thousandth, and from 10,000 on. */
export function formatScientific(value: number): string {
  if (value !== 0 && (value < 1e-3 || value >= 1e4)) return value.toExponential(2).replaceAll('-', minus);
  return formatNumber(value, 3);
}

/** Five decimals. A value below 1 that they cannot distinguish from 1 is `> 0.99999`. */
export function formatCosine(cosine: number): string {
  if (Number.isNaN(cosine)) return notANumber;
  return cosine >= 0.999995 && cosine < 1 ? '> 0.99999' : withMinus(String(Number(cosine.toFixed(5))));
}

/**
 * The SQNR of outputs without noise, and of those with so little that the figure has no meaning. `identical` tells the
 * two cases apart.
 */
export const sqnrCapDb = 300;

/** Signal to noise in dB without decimals (one below 10 dB). Figures above the cap of 300 dB are not distinguished. */
export function formatDecibels(decibels: number): string {
  if (decibels >= sqnrCapDb) return `≥${noBreakSpace}${sqnrCapDb}${noBreakSpace}dB`;
  if (!Number.isFinite(decibels)) return notANumber;
  return `${withMinus(decibels.toFixed(Math.abs(decibels) < 10 ? 1 : 0))}${noBreakSpace}dB`;
}

const providerNames = {
  wasm: 'WASM',
  compiled: 'Compiled WASM',
  webgpu: 'WebGPU',
  'webnn-cpu': 'WebNN CPU',
  'webnn-gpu': 'WebNN GPU',
  'webnn-npu': 'WebNN NPU',
  native: 'Native CPU',
};

export function formatProvider(ep: keyof typeof providerNames): string {
  return providerNames[ep];
}

/** The text with a full stop, unless it ends as a sentence already: messages of others come either way. */
export function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** `a, b and c` */
export function formatList(entries: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  if (entries.length < 2) return entries.join('');
  return `${entries.slice(0, -1).join(', ')} ${conjunction} ${entries[entries.length - 1] ?? ''}`;
}

/**
 * The first of them, and how many there are besides: `a, b and 7 more`
 * @param total their number, if `entries` are only the first of them.
 */
export function formatFirst(entries: readonly string[], most: number, total = entries.length): string {
  const named = entries.slice(0, most);
  const more = total - named.length;
  return formatList(more > 0 ? [...named, `${formatCount(more)} more`] : named);
}

/** The path of a node as people read it: without the name of the main graph, in which nearly all of them are. */
export function formatNodePath(path: string): string {
  return path.replace(/^graph\//, '');
}
