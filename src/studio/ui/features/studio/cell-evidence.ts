/** What stands behind the numbers of a cell, as facts for people. */
import type { CellResult, Comparison } from '../../../../engine/metrics/cell';
import {
  formatDecibels,
  formatDuration,
  formatPercent,
  formatProvider,
  formatRatioInterval,
} from '../../../../engine/report/format';
import type { MeasurementContext } from '../../../state/workspace-store';
import type { EvidenceFact } from '../../components/Evidence';

export const latencyMethod =
  'Median of single runs after warm-up, inputs in place, until the outputs could be read. The ratio comes from runs of original and variant in turns.';

export const matchMethod =
  'Every output is compared with the original’s on WASM for the same inputs: signal to noise in decibels, the worst output counts. Above 40 dB is hard to tell apart, below 10 dB is doubtful.';

function providerName(name: string): string {
  return name.replace('ExecutionProvider', '');
}

function placementText(placement: CellResult['placement']): string {
  const entries = Object.entries(placement).toSorted(([, a], [, b]) => b - a);
  return entries.length === 0 ? 'unknown' : entries.map(([name, nodes]) => `${providerName(name)} ${nodes}`).join(', ');
}

function comparisonFacts(comparison: Comparison | null): readonly EvidenceFact[] {
  if (comparison === null) return [];
  return [
    { term: 'Original ÷ variant', value: formatRatioInterval(comparison.ratio, comparison.interval) },
    { term: 'Pairs', value: comparison.pairs },
    { term: 'Noise floor', value: `±${formatPercent(comparison.noiseFloor)}` },
  ];
}

function contextFacts(context: MeasurementContext | null): readonly EvidenceFact[] {
  if (context === null) return [];
  const { device, measuredAt, budget } = context;
  return [
    { term: 'Budget', value: budget },
    {
      term: 'Measured',
      value: new Date(measuredAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' }),
    },
    ...(device === null ? [] : [{ term: 'Device', value: `${device.browser}, ${device.os}, ${device.cores} cores` }]),
  ];
}

export function cellEvidence(
  cell: CellResult,
  comparison: Comparison | null,
  context: MeasurementContext | null,
): readonly EvidenceFact[] {
  const { steady } = cell;
  return [
    {
      term: '95 % interval',
      value: `${formatDuration(steady.intervalMs[0])} to ${formatDuration(steady.intervalMs[1])}`,
    },
    { term: 'p95', value: formatDuration(steady.p95Ms) },
    { term: 'Runs', value: steady.runs },
    ...comparisonFacts(comparison),
    { term: 'Load', value: formatDuration(cell.loadMs) },
    { term: 'First run', value: formatDuration(cell.firstRunMs) },
    { term: 'Threads', value: cell.threads },
    { term: 'Batch', value: cell.batch },
    { term: 'Nodes by provider', value: placementText(cell.placement) },
    ...(cell.flags.length === 0
      ? []
      : [{ term: 'Notes', value: cell.flags.map((flag) => flag.replaceAll('-', ' ')).join(', ') }]),
    ...contextFacts(context),
  ];
}

export function matchEvidence(cells: readonly CellResult[]): readonly EvidenceFact[] {
  const perProvider = cells.map(({ ep, outputMatch }) => ({
    term: formatProvider(ep),
    value: outputMatch.valid
      ? `${formatDecibels(outputMatch.sqnrDb)}, largest difference ${outputMatch.maxAbs.toPrecision(2)}`
      : (outputMatch.problem ?? 'wrong'),
  }));
  const [first] = cells;
  if (first === undefined) return perProvider;
  const kind = first.outputMatch.inputs === 'synthetic' ? 'synthetic, seeded' : 'your data';
  return [...perProvider, { term: 'Inputs', value: `${first.outputMatch.samples}, ${kind}` }];
}
