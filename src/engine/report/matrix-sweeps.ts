/** Times over the values of a setting on several devices: one table for each setting and model. */
import { formatCounted, formatProvider } from '../format';
import {
  axisRecord,
  fewestSweepSamples,
  formatSweepPoint,
  titleOfSweep,
  type SweepPoint,
  type SweepTable,
  type SweptValue,
} from '../profiling/sweep';
import type { Report } from './report-schema';
import { pointsOfSweep, type ReportSweep } from './sweep-schema';

/** One model measured over one setting, on every device that has measured it. */
export interface MatrixSweep {
  readonly axis: string;
  /** SHA-256 of the model. */
  readonly sha256: string;
  /** `original`, or the name of the variant. */
  readonly name: string;
  /** The sizes that the first of them was measured with. Others are kept apart. */
  readonly freeDimensions: Readonly<Record<string, number>>;
  readonly devices: readonly SweepOnDevice[];
}

export interface SweepOnDevice {
  /** `Chrome 147, Windows, WASM, 4 threads` */
  readonly name: string;
  readonly source: string;
  readonly measuredAt: string;
  readonly points: readonly SweepPoint[];
}

/** The measurements of one device, with the models that their ids name. */
export interface SweepSource {
  readonly source: string;
  readonly device: Report['device'];
  readonly sweeps: readonly ReportSweep[];
  readonly modelOf: (id: string) => { readonly sha256: string; readonly name: string } | undefined;
}

/**
 * Joins sweeps of the same bytes over the same setting. Those with other sizes than the first are given to `keepApart`,
 * each with the reason as a sentence.
 */
export function joinSweeps(
  sources: readonly SweepSource[],
  keepApart: (source: string, reason: string) => void,
): readonly MatrixSweep[] {
  const joined = new Map<string, MatrixSweep & { readonly devices: SweepOnDevice[] }>();
  for (const { source, device, sweeps, modelOf } of sources) {
    for (const sweep of sweeps) {
      const model = modelOf(sweep.variant);
      if (model === undefined) continue;
      const { sha256, name } = model;
      const { axis, freeDimensions, measuredAt } = sweep;
      const key = JSON.stringify([sha256, axis]);
      const known = joined.get(key) ?? { axis, sha256, name, freeDimensions, devices: [] };
      joined.set(key, known);
      if (sizesKey(known.freeDimensions) !== sizesKey(freeDimensions)) {
        keepApart(source, `${titleOfSweep(axis)} of ${name} was measured with other sizes.`);
        continue;
      }
      known.devices.push({ name: nameOf(device, sweep), source, measuredAt, points: pointsOfSweep(sweep) });
    }
  }
  return [...joined.values()];
}

function sizesKey(sizes: Readonly<Record<string, number>>): string {
  return JSON.stringify(Object.entries(sizes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function nameOf(device: Report['device'], { axis, ep, threads }: ReportSweep): string {
  const parts = [device?.browser ?? 'unknown browser', device?.os ?? 'unknown system', formatProvider(ep)];
  if (ep === 'wasm' && axis !== 'threads') parts.push(formatCounted(threads, 'thread'));
  return parts.join(', ');
}

export interface MatrixSweepTable extends SweepTable {
  /** `Throughput by batch size of int8` */
  readonly title: string;
}

/** The settings that more than one device measured. Rows are devices, columns are values. */
export function tabulateMatrixSweeps(sweeps: readonly MatrixSweep[]): readonly MatrixSweepTable[] {
  return sweeps
    .filter(({ devices }) => devices.length > 1)
    .map(({ axis, name, devices }) => {
      const values = valuesOf(devices);
      return {
        title: `${titleOfSweep(axis)} of ${name}`,
        columns: ['Device', ...values.map((value) => axisRecord(axis).wordsOf(value))],
        rows: devices.map((device) => [device.name, ...values.map((value) => cellOf(device, value))]),
      };
    });
}

/** Every value that a device measured: numbers by size, other values in the order of the first device. */
function valuesOf(devices: readonly SweepOnDevice[]): readonly SweptValue[] {
  const values = [...new Set(devices.flatMap(({ points }) => points.map(({ value }) => value)))];
  return values.every((value) => typeof value === 'number') ? values.toSorted((a, b) => a - b) : values;
}

function cellOf({ points }: SweepOnDevice, value: SweptValue): string {
  const point = points.find((one) => one.value === value);
  if (point === undefined) return 'not measured';
  const { samples } = point;
  const figure = formatSweepPoint(point);
  return samples < fewestSweepSamples ? `${figure}, ${formatCounted(samples, 'run')}` : figure;
}
