/** The settings that a model alone is measured over. Each has a record with its values and the figure to show. */
import { freeDimensionsOf } from '../data/free-dimensions';
import type { FreeDimensions, InputDescription } from '../data/feeds';
import { capitalize, formatCount, formatCounted, formatDuration, formatRate } from '../format';
import type { ExecutionProvider } from '../metrics/cell';
import { ownValue } from '../own-value';

export type SweptValue = number | string;

/** One setting with the values to measure. `axis` is the key of a fixed setting, or the key of a free dimension. */
export interface SweepAxis {
  readonly axis: string;
  readonly values: readonly SweptValue[];
}

export interface SweepPoint {
  readonly axis: string;
  readonly value: SweptValue;
  readonly samplesPerSecond: number;
  /** 95 % interval, from that of the median time. */
  readonly interval: readonly [number, number];
  /** The median time of one run. */
  readonly medianMs: number;
  /** 95 % interval of the median time. */
  readonly medianIntervalMs: readonly [number, number];
  /** Number of timed samples. */
  readonly samples: number;
}

/** One model measured over one axis, with the conditions. */
export interface MeasuredSweep {
  /** `original`, or the id of a variant. */
  readonly variant: string;
  readonly axis: string;
  readonly ep: ExecutionProvider;
  /** WASM threads. Values of the axis `threads` replace them. */
  readonly threads: number;
  /** The sizes that are the same at all values. */
  readonly freeDimensions: FreeDimensions;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly points: readonly SweepPoint[];
  /** The reasons why values are missing, as sentences. */
  readonly notes: readonly string[];
}

/** The part of a request for a session that an axis changes. */
export interface SweptSettings {
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  readonly graphOptimizationLevel?: GraphOptimizationLevel;
  readonly preferredLayout?: PreferredLayout;
}

/** Levels of ONNX Runtime, from none to all. */
export const graphOptimizationLevels = ['disabled', 'basic', 'extended', 'layout', 'all'] as const;
export type GraphOptimizationLevel = (typeof graphOptimizationLevels)[number];

/** Layouts of pictures that ONNX Runtime converts a model to on WebGPU. */
export const preferredLayouts = ['NCHW', 'NHWC'] as const;
export type PreferredLayout = (typeof preferredLayouts)[number];

export interface AxisRecord {
  /** The noun of the axis, such as "batch size". */
  readonly noun: string;
  /** The figure that answers the question behind the axis. */
  readonly shows: 'throughput' | 'time';
  /** Words for one value within a sentence. */
  readonly wordsOf: (value: SweptValue) => string;
  /** The provider that the setting exists on. Absent: any. */
  readonly ep?: ExecutionProvider;
  /** The values that exist, or the largest number. */
  readonly allowed: readonly string[] | number;
  /** The settings of one value. Absent for the batch: one session takes all sizes. */
  readonly settingsOf?: (given: SweptSettings, value: SweptValue) => SweptSettings;
}

const mostOfDimension = 1_000_000;

const fixedAxes: Readonly<Record<string, AxisRecord>> = {
  batch: {
    noun: 'batch size',
    shows: 'throughput',
    wordsOf: (value) => `a batch of ${value}`,
    allowed: 4096,
  },
  threads: {
    noun: 'threads',
    shows: 'throughput',
    wordsOf: (value) => formatCounted(Number(value), 'thread'),
    allowed: 64,
    settingsOf: (given, value) => ({ ...given, threads: Number(value) }),
  },
  optimization: {
    noun: 'optimization level',
    shows: 'time',
    wordsOf: (value) => `level ${value}`,
    allowed: graphOptimizationLevels,
    settingsOf: (given, value) => ({ ...given, graphOptimizationLevel: value as GraphOptimizationLevel }),
  },
  layout: {
    noun: 'layout',
    shows: 'time',
    wordsOf: (value) => `layout ${value}`,
    ep: 'webgpu',
    allowed: preferredLayouts,
    settingsOf: (given, value) => ({ ...given, preferredLayout: value as PreferredLayout }),
  },
};

export const fixedAxisKeys: readonly string[] = Object.keys(fixedAxes);

/** Returns the record of a fixed setting, or that of the free dimension with this key. */
export function axisRecord(axis: string): AxisRecord {
  const fixed = ownValue(fixedAxes, axis);
  if (fixed !== undefined) return fixed;
  return {
    noun: axis,
    shows: 'time',
    wordsOf: (value) => `${axis} ${value}`,
    allowed: mostOfDimension,
    settingsOf: (given, value) => ({ ...given, freeDimensions: { ...given.freeDimensions, [axis]: Number(value) } }),
  };
}

/** Returns the free dimensions that can be an axis. Those that count samples or follow from others cannot. */
export function dimensionAxes(inputs: readonly InputDescription[]): readonly string[] {
  return freeDimensionsOf(inputs).flatMap(({ key, isBatch, isDependent }) => (isBatch || isDependent ? [] : [key]));
}

/** Returns the sizes that stay the same at all values of an axis. Sizes that follow from others are left out. */
export function fixedSizes(
  axis: string,
  inputs: readonly InputDescription[],
  freeDimensions: FreeDimensions,
): FreeDimensions {
  const isSize = ownValue(fixedAxes, axis) === undefined;
  const varied = freeDimensionsOf(inputs).flatMap(({ key, isBatch, isDependent }) =>
    isDependent || (axis === 'batch' && isBatch) ? [key] : [],
  );
  const left = new Set([...varied, ...(isSize ? [axis] : [])]);
  return Object.fromEntries(Object.entries(freeDimensions).filter(([key]) => !left.has(key)));
}

/** With fewer samples at a value, nothing is claimed. */
export const fewestSweepSamples = 6;

const areEnough = (points: readonly SweepPoint[]): boolean =>
  points.every(({ samples }) => samples >= fewestSweepSamples);

/** A doubling that gains less than this share is no gain. */
const leastGain = 0.05;

/**
 * The last value of an axis of throughput that still gained 5 % for each doubling; `undefined` if too little was measured,
 * or the axis has no such value.
 */
export function kneeOf(points: readonly SweepPoint[]): SweepPoint | undefined {
  const [first] = points;
  if (first === undefined || !areEnough(points) || axisRecord(first.axis).shows !== 'throughput') return undefined;
  const sorted = points.toSorted((a, b) => Number(a.value) - Number(b.value));
  let knee = sorted[0]!;
  for (const point of sorted.slice(1)) {
    const doublings = Math.log2(Number(point.value) / Number(knee.value));
    if (point.samplesPerSecond < knee.samplesPerSecond * (1 + leastGain) ** doublings) break;
    knee = point;
  }
  return knee;
}

/**
 * Compares the values of one axis in a sentence. It claims nothing beyond the last value, and calls no value the fastest
 * if its interval overlaps another. Empty if there is nothing to say.
 */
export function describeSweep(points: readonly SweepPoint[]): string {
  const [first] = points;
  if (first === undefined || points.length < 2) return '';
  const { wordsOf } = axisRecord(first.axis);
  const knee = kneeOf(points);
  if (knee !== undefined) {
    const isLast = points.every(({ value }) => Number(value) <= Number(knee.value));
    return isLast
      ? `Each doubling up to ${wordsOf(knee.value)} gains at least 5\u00a0%.`
      : `A doubling beyond ${wordsOf(knee.value)} gains less than 5\u00a0%.`;
  }
  if (!areEnough(points)) return 'Too few runs to compare the values.';
  if (typeof first.value === 'number') return '';
  const [fastest, ...others] = points.toSorted((a, b) => a.medianMs - b.medianMs);
  const isClear = others.every(({ medianIntervalMs: [low] }) => low > fastest!.medianIntervalMs[1]);
  return isClear ? `Fastest: ${wordsOf(fastest!.value)}.` : 'No value is clearly the fastest.';
}

/** `Throughput by batch size` */
export function titleOfSweep(axis: string): string {
  const { noun, shows } = axisRecord(axis);
  return `${shows === 'throughput' ? 'Throughput' : 'Time'} by ${noun}`;
}

/** The heading of the values: `Batch size`, or the key of a free dimension as it is written. */
export function headingOfAxis(axis: string): string {
  return ownValue(fixedAxes, axis) === undefined ? axis : capitalize(axisRecord(axis).noun);
}

/** `Measured with 4 threads, height 224.` Empty if nothing else was set. */
export function describeSweepConditions({
  axis,
  ep,
  threads,
  freeDimensions,
}: Pick<MeasuredSweep, 'axis' | 'ep' | 'threads' | 'freeDimensions'>): string {
  const sizes = Object.entries(freeDimensions).map(([key, size]) => `${key} ${size}`);
  const conditions = [...(ep === 'wasm' && axis !== 'threads' ? [formatCounted(threads, 'thread')] : []), ...sizes];
  return conditions.length === 0 ? '' : `Measured with ${conditions.join(', ')}.`;
}

export interface SweepTable {
  readonly columns: readonly string[];
  /** The first cell of a row is the value. */
  readonly rows: readonly (readonly string[])[];
}

/** The figures of one axis for people. The number of runs replaces an interval that too few runs give. */
export function tabulateSweep(axis: string, points: readonly SweepPoint[]): SweepTable {
  const isRate = axisRecord(axis).shows === 'throughput';
  return {
    columns: [headingOfAxis(axis), 'Time per run', ...(isRate ? ['Samples per second'] : []), '95\u00a0%'],
    rows: points.map(({ value, medianMs, medianIntervalMs, samplesPerSecond, interval, samples }) => {
      const around = isRate ? interval.map(formatRate) : medianIntervalMs.map((ms) => formatDuration(ms));
      return [
        formatSweptValue(value),
        formatDuration(medianMs),
        ...(isRate ? [formatRate(samplesPerSecond)] : []),
        samples < fewestSweepSamples ? formatCounted(samples, 'run') : around.join(' to '),
      ];
    }),
  };
}

export function formatSweptValue(value: SweptValue): string {
  return typeof value === 'number' ? formatCount(value) : value;
}

/** The figure that answers the question behind the axis, in one cell: `123 /s` or `8.10 ms`. */
export function formatSweepPoint({ axis, samplesPerSecond, medianMs, medianIntervalMs }: SweepPoint): string {
  const isRate = axisRecord(axis).shows === 'throughput';
  return isRate ? `${formatRate(samplesPerSecond)}\u00a0/s` : formatDuration(medianMs, medianIntervalMs);
}
