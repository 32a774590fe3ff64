/** Facts for people about how a number was measured. */
import { describeCores, type CellFlag } from '../../../../engine/metrics/cell';
import {
  capitalize,
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatExactBytes,
  formatFingerprint,
  formatPercent,
  formatProvider,
  formatRatioInterval,
} from '../../../../engine/format';
import { describePageDownload, pageDownloads, providersOfDownload } from '../../../../engine/profiling/page-download';
import type { Report, ReportCell, ReportVariant } from '../../../../engine/report/report-schema';
import type { Fact } from '../FactList';
import { findComparison, measuredInputs } from '../../../../engine/report/find-in-report';
import { partnerName, timesOn, type TimesOnProvider } from '../../../../engine/report/paired-times';
import { originalId } from '../../../state/workspace/workspace-store';
import { describePlacement } from './placement-segments';

/** The content of an evidence popover. */
export interface CellEvidence {
  /** The name of the number: "Median latency on WASM". */
  readonly title: string;
  /** The method of measurement, and what a reader must know before trusting it. */
  readonly method: string;
  readonly facts: readonly Fact[];
}

const flagSentences: Readonly<Record<CellFlag, string>> = {
  drift: 'Times drifted during the measurement: the device warmed up or was busy. Measure again.',
  'tab-hidden': 'The tab was in the background, where browsers slow pages down. Measure again and keep it in view.',
  'not-isolated': 'The page is not isolated from other sites: 1 thread, and a timer of 100 µs instead of 5 µs.',
  'software-adapter': 'WebGPU ran on a software adapter. Its times do not apply to a graphics card.',
  'partial-placement': 'Some nodes ran on another provider; see the placement.',
  'high-variance': 'Times vary by more than 25 % of their mean: other work on this device disturbed them.',
  'output-differs': 'Outputs differ from those of the original on WASM; see the output match.',
  'not-comparable': 'The original gives different outputs each time it runs, so no outputs can be compared with them.',
  'below-timer-resolution': 'Runs are too short for the timer of this page: the times are rough.',
  'time-capped': 'The time limit of the cell was reached before all planned runs.',
};

/** Notes on a measurement, in sentences. */
export function describeFlags({ flags, setUpMs }: Pick<ReportCell, 'flags' | 'setUpMs'>): readonly string[] {
  return flags.map((flag) =>
    flag === 'time-capped' && setUpMs !== undefined
      ? `Set-up took ${formatDuration(setUpMs)}, longer than the time limit of the cell: only a few runs were timed.`
      : describeFlag(flag),
  );
}

/** A flag of a report may be one that only a later Pareto knows. */
function describeFlag(flag: string): string {
  return Object.hasOwn(flagSentences, flag)
    ? flagSentences[flag as CellFlag]
    : `A newer version of Pareto added the note “${flag}”, which this version cannot explain.`;
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
  if (device === null) return 'unknown device';
  return `${device.browser} on ${device.os}, ${describeCores(device)}`;
}

export function describeAdapter(device: Report['device']): string {
  if (device?.webgpu == null) return 'none';
  const { vendor, architecture, description, software } = device.webgpu;
  const named = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  return software ? `${named} (software)` : named;
}

/** Describes the inputs of the report, or of one of its cells, which may have been measured with other sizes. */
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
  const runtime = cell.ep === 'compiled' ? 'none' : `ONNX Runtime Web ${report.software.onnxruntimeWeb}`;
  facts.push(['Runtime', runtime]);
  return facts;
}

/** The evidence of a latency. For the original it has the time beside each variant that it took turns with. */
export function latencyEvidence(report: Report, cell: ReportCell): CellEvidence {
  const times = timesOn(report, cell.ep);
  const { original } = times;
  const isOfTurns = cell.variant === originalId && original !== undefined && original.inTurnsWith.length > 0;
  return isOfTurns ? turnsEvidence(report, cell, times) : ownEvidence(report, cell);
}

function turnsEvidence(report: Report, cell: ReportCell, { original, variants }: TimesOnProvider): CellEvidence {
  const partners = report.variants.filter(({ id }) => original?.inTurnsWith.includes(id) === true);
  const [first] = partners;
  const ofOne = partners.length === 1 && first ? findComparison(report, { variant: first.id, ep: cell.ep }) : undefined;
  const spread = ofOne?.original?.spread;
  const shown = (ms: number) => formatDuration(ms);
  return {
    title: `Median latency on ${formatProvider(cell.ep)}`,
    method:
      partners.length === 1
        ? `Runs alternate with ${first!.name}; its ratio is computed from these times.`
        : 'Each variant alternates with the original in a run of its own; its ratio is computed from that run.',
    facts: [
      ...partners.map(({ id, name }): Fact => {
        const beside = variants.get(id)?.original;
        return [
          partners.length === 1 ? '95 % interval' : `With ${name}`,
          (partners.length === 1 ? beside?.range : beside?.text) ?? '',
        ];
      }),
      ...(spread === undefined ? [] : [['p95', shown(spread.p95Ms)] as const, ['p99', shown(spread.p99Ms)] as const]),
      ...(ofOne === undefined ? [] : [['Samples', formatCount(ofOne.pairs)] as const]),
      ...measuringFacts(report, cell),
    ],
  };
}

function ownEvidence(report: Report, cell: ReportCell): CellEvidence {
  const { steady } = cell;
  const comparison = findComparison(report, cell);
  const { original, variants } = timesOn(report, cell.ep);
  const range = (cell.variant === originalId ? original : variants.get(cell.variant)?.own)?.range;
  const spread = steady.medianMs > 0 ? formatPercent(steady.stdMs / steady.meanMs) : 'unknown';
  const perSample = cell.runsPerSample > 1 ? `, ${cell.runsPerSample} runs each` : '';
  const facts: Fact[] = [
    ...(range === undefined ? [] : [['95 % interval', range] as const]),
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
    const beside = variants.get(cell.variant)?.original;
    if (beside !== undefined) facts.push([`${capitalize(partnerName(cell.ep))} in the same run`, beside.text]);
  }
  const method = ['Runs after warm-up, each timed until its outputs can be read.', ...describeFlags(cell)];
  return { title: `Median latency on ${formatProvider(cell.ep)}`, method: method.join(' '), facts };
}

export function sizeEvidence(report: Report, variant: ReportVariant | null): CellEvidence {
  if (variant === null) {
    return {
      title: 'Size of the original',
      method: 'Size of the file that was opened. Variants are compared with it.',
      facts: [
        ['As opened', formatExactBytes(report.model.sizeBytes)],
        ...downloadFacts(report.model.sizeBytes, report.variants[0]?.gzipBytes?.original),
        ['SHA-256', formatFingerprint(report.model.sha256)],
      ],
    };
  }
  return {
    title: `Size of ${variant.name}`,
    method: 'The downloaded file, compared with the file that was opened.',
    facts: [
      ['This variant', formatExactBytes(variant.sizeBytes.variant)],
      ['Original', formatExactBytes(variant.sizeBytes.original)],
      ['After gzip', variant.gzipBytes === null ? 'not measured' : formatBytes(variant.gzipBytes.variant)],
      ...downloadFacts(variant.sizeBytes.variant, variant.gzipBytes?.variant),
      ['SHA-256', variant.sha256],
    ],
  };
}

/** The download of a page with the model, for each build of onnxruntime-web. */
function downloadFacts(plain: number, gzip: number | undefined): readonly Fact[] {
  return pageDownloads({ plain, gzip: gzip ?? null, brotli: null }).map((download) => [
    `With ${download.module}`,
    `${describePageDownload(download)}, for ${providersOfDownload(download)}`,
  ]);
}
