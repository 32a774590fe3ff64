/** Cells, comparisons and failures as a report carries them: field by field, so that nothing else gets into a link. */
import type { CellFailure, CellResult, Comparison, Device, MatchFigures, PairedOriginal } from '../metrics/cell';
import { sqnrCapDb } from '../format';
import { evenQuantiles } from '../metrics/quantile';
import type { MeasuredSweep } from '../profiling/sweep';
import { mostFlags, mostValues, type Report, type ReportCell } from './report-schema';
import { cutName, cutText } from '../metrics/schema-parts';
import { mostSweepNotes, mostSweptValues, type ReportSweep } from './sweep-schema';

export function summarizeCell(cell: CellResult & Pick<ReportCell, 'measuredAt' | 'measuredWith'>): ReportCell {
  const { steady, measuredAt, measuredWith } = cell;
  return {
    variant: cell.variant,
    ep: cell.ep,
    threads: cell.threads,
    batch: cell.batch,
    loadMs: cell.loadMs,
    firstRunMs: cell.firstRunMs,
    ...(cell.setUpMs !== undefined && { setUpMs: cell.setUpMs }),
    steady: {
      medianMs: steady.medianMs,
      meanMs: steady.meanMs,
      stdMs: steady.stdMs,
      minMs: steady.minMs,
      p95Ms: steady.p95Ms,
      p99Ms: steady.p99Ms,
      madMs: steady.madMs,
      runs: steady.runs,
      intervalMs: copyOf(steady.intervalMs),
    },
    quantilesMs: evenQuantiles(cell.samplesMs),
    runsPerSample: cell.runsPerSample,
    ...(measuredAt !== undefined && { measuredAt }),
    ...(measuredWith !== undefined && {
      measuredWith: { seed: measuredWith.seed, freeDimensions: countsByName(measuredWith.freeDimensions) },
    }),
    placement: countsByName(cell.placement),
    outputMatch: summarizeMatch(cell.outputMatch),
    flags: cell.flags.slice(0, mostFlags),
  };
}

/** JSON has no infinities: outputs that are not finite are shown by `valid` and `problem`, and by the ends of the scales. */
function summarizeMatch(match: CellResult['outputMatch']): ReportCell['outputMatch'] {
  return {
    ...finiteFigures(match),
    identical: match.identical,
    samples: match.samples,
    inputs: match.inputs,
    outputs: match.outputs
      .slice(0, mostValues)
      .map((output) => ({ name: cutName(output.name), ...finiteFigures(output) })),
    valid: match.valid,
    ...(match.comparable !== undefined && { comparable: match.comparable }),
    ...(match.problem !== undefined && { problem: cutText(match.problem) }),
  };
}

function finiteFigures({ sqnrDb, maxAbs, cosine, agreement }: MatchFigures) {
  return {
    sqnrDb: finiteOr(-sqnrCapDb, sqnrDb),
    maxAbs: finiteOr(Number.MAX_VALUE, maxAbs),
    cosine: finiteOr(0, cosine),
    ...(agreement !== undefined && { agreement }),
  };
}

/** `null` stays: there is no figure. */
function finiteOr(otherwise: number, figure: number | null): number | null {
  return figure === null || Number.isFinite(figure) ? figure : otherwise;
}

export function summarizeComparison(comparison: Comparison): Report['comparisons'][number] {
  const { variant, ep, ratio, interval, noiseFloor, verdict, pairs, original } = comparison;
  return {
    variant,
    ep,
    ratio,
    interval: copyOf(interval),
    noiseFloor,
    verdict,
    pairs,
    ...(original && { original: summarizeOriginal(original) }),
  };
}

function summarizeOriginal({ medianMs, intervalMs, spread }: PairedOriginal) {
  return {
    medianMs,
    intervalMs: copyOf(intervalMs),
    ...(spread && {
      spread: { minMs: spread.minMs, p95Ms: spread.p95Ms, p99Ms: spread.p99Ms, quantilesMs: [...spread.quantilesMs] },
    }),
  };
}

export function summarizeFailure({ variant, ep, message }: CellFailure): Report['failures'][number] {
  return { variant, ep, message: cutText(message) };
}

export function summarizeDevice(device: Device): NonNullable<Report['device']> {
  const { webgpu } = device;
  return {
    browser: cutText(device.browser),
    os: cutText(device.os),
    cores: device.cores,
    threads: device.threads,
    crossOriginIsolated: device.crossOriginIsolated,
    timerResolutionUs: device.timerResolutionUs,
    webgpu: webgpu && {
      vendor: cutText(webgpu.vendor),
      architecture: cutText(webgpu.architecture),
      description: cutText(webgpu.description),
      f16: webgpu.f16,
      software: webgpu.software,
    },
    ortVersion: cutText(device.ortVersion),
    providers: device.providers
      .slice(0, mostFlags)
      .map(({ ep, available, reason }) => ({ ep, available, reason: cutText(reason) })),
  };
}

export function summarizeSweep(sweep: MeasuredSweep): ReportSweep {
  const { variant, axis, ep, threads, freeDimensions, measuredAt, points, notes } = sweep;
  return {
    variant,
    axis: cutName(axis),
    ep,
    threads,
    freeDimensions: countsByName(freeDimensions),
    measuredAt,
    points: points.slice(0, mostSweptValues).map((point) => ({
      value: point.value,
      samplesPerSecond: point.samplesPerSecond,
      interval: copyOf(point.interval),
      medianMs: point.medianMs,
      medianIntervalMs: copyOf(point.medianIntervalMs),
      samples: point.samples,
    })),
    ...(notes.length > 0 && { notes: notes.slice(0, mostSweepNotes).map((note) => cutText(note)) }),
  };
}

/** Names come from the model, and may be longer than a report holds. */
export function countsByName(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [cutName(name), count]));
}

function copyOf([low, high]: readonly [number, number]): [number, number] {
  return [low, high];
}
