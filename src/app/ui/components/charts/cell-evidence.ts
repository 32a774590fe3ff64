/** How a number came about, as facts for people: the answer to "how was this measured?". */
import type { CellFlag, PairedOriginal } from '../../../../engine/metrics/cell';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatDurationRange,
  formatExactBytes,
  formatFingerprint,
  formatPercent,
  formatProvider,
  formatRatioInterval,
} from '../../../../engine/format';
import type { Report, ReportCell, ReportVariant } from '../../../../engine/report/report-schema';
import type { Fact } from '../FactList';
import { findComparison, measuredInputs, openingVariant } from '../../../../engine/report/find-in-report';
import { originalId } from '../../../state/workspace/workspace-store';
import { describePlacement } from './placement-segments';

/** The content of an evidence popover. */
export interface CellEvidence {
  /** What the number is: "Median latency on WASM". */
  readonly title: string;
  /** How it was got, and anything that a reader must know before trusting it. */
  readonly method: string;
  readonly facts: readonly Fact[];
}

const flagSentences: Readonly<Record<CellFlag, string>> = {
  drift:
    'The times drifted from the first third to the last: the device may have warmed up or was busy. Measure again.',
  'tab-hidden':
    'The tab was in the background for a while, and browsers slow such tabs down. Measure again and stay here.',
  'not-isolated': 'The page is not isolated from other sites: one thread only, and a timer of 100 µs instead of 5 µs.',
  'software-adapter':
    'WebGPU ran on a software adapter, not on a graphics card. These times say nothing about a real one.',
  'partial-placement': 'Some nodes ran on another provider than the one asked for; see the placement.',
  'high-variance':
    'The samples spread widely (more than 25 % of their mean): other work on this device disturbed them.',
  'output-differs': 'The outputs differ from those of the original on WASM; see the output match.',
  'not-comparable':
    'The original gives other outputs each time that it runs, so those of no model can be compared with them.',
  'below-timer-resolution':
    'Even several runs timed as one sample are too short for the timer of this page: the times are rough.',
  'time-capped': 'The time limit of the cell was reached before all that was planned was measured.',
};

/** What to know about a measurement, in sentences. */
export function describeFlags({ flags, setUpMs }: Pick<ReportCell, 'flags' | 'setUpMs'>): readonly string[] {
  return flags.map((flag) =>
    flag === 'time-capped' && setUpMs !== undefined
      ? `Set-up alone took ${formatDuration(setUpMs)}, longer than the cell may take: only a few runs were timed.`
      : describeFlag(flag),
  );
}

/** A flag of a report may be one that only a later Pareto knows. */
function describeFlag(flag: string): string {
  return Object.hasOwn(flagSentences, flag)
    ? flagSentences[flag as CellFlag]
    : `A later Pareto notes “${flag}”, which this one cannot explain.`;
}

/** `24 Nov 2026, 15:54 UTC`: the same on every device, so that two readers of a report see the same. */
export function formatMoment(isoTime: string): string {
  const moment = new Date(isoTime);
  if (Number.isNaN(moment.getTime())) return 'unknown';
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  const day = `${moment.getUTCDate()} ${months[moment.getUTCMonth()] ?? ''} ${moment.getUTCFullYear()}`;
  return `${day}, ${twoDigits(moment.getUTCHours())}:${twoDigits(moment.getUTCMinutes())} UTC`;
}

export function describeThreads(threads: number): string {
  return formatCounted(threads, 'thread');
}

/** `Chrome 147 on Linux, 8 cores` */
export function describeDevice(device: Report['device']): string {
  if (device === null) return 'an unknown device';
  return `${device.browser} on ${device.os}, ${formatCounted(device.cores, 'core')}`;
}

export function describeAdapter(device: Report['device']): string {
  if (device?.webgpu == null) return 'none';
  const { vendor, architecture, description, software } = device.webgpu;
  const named = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  return software ? `${named} (software)` : named;
}

/** Of the report, or of one of its cells: a cell may have been measured with other sizes. */
export function describeInputs(report: Report, cell?: ReportCell): string {
  const inputs = measuredInputs(report, cell);
  if (report.data.kind === 'none' || inputs === undefined) return 'none';
  const { freeDimensions } = cell?.measuredWith ?? report.data;
  const sizes = Object.entries(freeDimensions).map(([symbol, size]) => `${symbol} = ${size}`);
  return [inputs, ...sizes].join(', ');
}

export function measuringFacts(report: Report, cell: ReportCell): readonly Fact[] {
  const facts: Fact[] = [
    ['When', formatMoment(cell.measuredAt ?? report.createdAt)],
    ['Device', describeDevice(report.device)],
  ];
  if (cell.ep === 'webgpu' && report.device?.webgpu != null) {
    facts.push(['Adapter', describeAdapter(report.device)]);
  }
  facts.push(['Provider', `${formatProvider(cell.ep)}, ${describeThreads(cell.threads)}`]);
  facts.push(['Runtime', `ONNX Runtime Web ${report.software.onnxruntimeWeb}`]);
  return facts;
}

/** Of the original: the time beside the variant that the report opens on, where they took turns. */
export function latencyEvidence(report: Report, cell: ReportCell): CellEvidence {
  const partner = cell.variant === originalId ? openingVariant(report) : undefined;
  const turns = partner && findComparison(report, { variant: partner.id, ep: cell.ep });
  if (turns?.original === undefined) return ownEvidence(report, cell);
  return turnsEvidence(report, cell, { ...turns.original, pairs: turns.pairs, partner: partner?.name ?? '' });
}

function turnsEvidence(
  report: Report,
  cell: ReportCell,
  { intervalMs, spread, pairs, partner }: PairedOriginal & { readonly pairs: number; readonly partner: string },
): CellEvidence {
  return {
    title: `Median latency on ${formatProvider(cell.ep)}`,
    method: `In turns with ${partner}: the time that its ratio stands on. Alone, at another moment, the median was ${formatDuration(cell.steady.medianMs, cell.steady.intervalMs)}.`,
    facts: [
      ['95 % interval', formatDurationRange(intervalMs)],
      ...(spread === undefined
        ? []
        : [['p95', formatDuration(spread.p95Ms)] as const, ['p99', formatDuration(spread.p99Ms)] as const]),
      ['Samples', formatCount(pairs)],
      ...measuringFacts(report, cell),
    ],
  };
}

function ownEvidence(report: Report, cell: ReportCell): CellEvidence {
  const { steady } = cell;
  const comparison = findComparison(report, cell);
  const spread = steady.medianMs > 0 ? formatPercent(steady.stdMs / steady.meanMs) : 'unknown';
  const perSample = cell.runsPerSample > 1 ? `, ${cell.runsPerSample} runs each` : '';
  const facts: Fact[] = [
    ['95 % interval', formatDurationRange(steady.intervalMs)],
    ['p95', formatDuration(steady.p95Ms)],
    ['p99', formatDuration(steady.p99Ms)],
    ['Samples', `${formatCount(steady.runs)}${perSample}`],
    ['Spread', `${spread} of the mean`],
    ...measuringFacts(report, cell),
  ];
  if (report.device !== null) facts.push(['Timer', `${report.device.timerResolutionUs} µs steps`]);
  facts.push(['Inputs', describeInputs(report, cell)]);
  facts.push(['Placement', describePlacement(cell.placement)]);
  if (comparison !== undefined && comparison.verdict !== 'invalid') {
    facts.push([
      'Against original',
      `${formatRatioInterval(comparison.ratio, comparison.interval)} from ${comparison.pairs} pairs; noise floor ${formatPercent(comparison.noiseFloor)}`,
    ]);
    const { original } = comparison;
    if (original !== undefined) {
      facts.push(['Original in the same turns', formatDuration(original.medianMs, original.intervalMs)]);
    }
  }
  const method = ['Runs after warm-up, timed until the outputs can be read.', ...describeFlags(cell)];
  return { title: `Median latency on ${formatProvider(cell.ep)}`, method: method.join(' '), facts };
}

export function sizeEvidence(report: Report, variant: ReportVariant | null): CellEvidence {
  if (variant === null) {
    const reencoded = report.variants[0]?.sizeBytes.reencoded;
    return {
      title: 'Size of the original',
      method: 'Variants are compared with the re-encoded size, so that lost metadata never counts as compression.',
      facts: [
        ['As opened', formatExactBytes(report.model.sizeBytes)],
        ...(reencoded === undefined ? [] : [['Re-encoded', formatExactBytes(reencoded)] as const]),
        ['SHA-256', formatFingerprint(report.model.sha256)],
      ],
    };
  }
  return {
    title: `Size of ${variant.name}`,
    method: 'The file as it is downloaded, against the original decoded and encoded without change.',
    facts: [
      ['This variant', formatExactBytes(variant.sizeBytes.variant)],
      ['Original', `${formatExactBytes(variant.sizeBytes.reencoded)}, re-encoded without change`],
      ['After gzip', variant.gzipBytes === null ? 'not measured' : formatBytes(variant.gzipBytes.variant)],
      ['SHA-256', variant.sha256],
    ],
  };
}
