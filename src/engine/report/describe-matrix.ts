/** A matrix of devices as sentences, a table and Markdown. */
import { formatBytes, formatChange, formatRatio, formatRatioInterval } from '../format';
import { accuracyName, formatMetric, formatMetricInterval } from '../metrics/describe-accuracy';
import type { DeviceMatrix, MatrixVariant } from './device-matrix';
import { describeVerdict } from '../verdict/speed-verdict';
import { escapeMarkdown, formatMarkdownTable } from './markdown-parts';
import { tabulateMatrixSweeps } from './matrix-sweeps';

/** Names the variant that is best on the device on which it gains least. */
export function describeBest({ best, devices, variants }: DeviceMatrix): string {
  if (devices.length === 0) return 'No variant was measured against the original.';
  if (best === null) return 'No variant was measured with right outputs on every device.';
  const { name } = variants.find(({ sha256 }) => sha256 === best.sha256)!;
  const device = devices.find(({ id }) => id === best.device)!;
  return `${name} is best on its worst device: ${formatRatio(best.ratio)} on ${device.name}.`;
}

export interface MatrixTable {
  readonly columns: readonly string[];
  /** The first cell of a row is the name of the variant. */
  readonly rows: readonly (readonly string[])[];
}

export function tabulateMatrix({ model, devices, variants }: DeviceMatrix): MatrixTable {
  return {
    columns: ['Variant', 'Size', 'Accuracy', ...devices.map(({ name }) => name)],
    rows: variants.map((variant) => [
      variant.name,
      `${formatBytes(variant.sizeBytes)} (${formatChange(model.sizeBytes, variant.sizeBytes)})`,
      accuracyText(variant),
      ...devices.map(({ id }) => cellText(variant, id)),
    ]),
  };
}

function accuracyText({ accuracy }: MatrixVariant): string {
  if (accuracy === null) return '–';
  const { metric, value, interval } = accuracy;
  return `${accuracyName(metric)} ${formatMetric(metric, value)} (${formatMetricInterval(metric, interval)})`;
}

function cellText({ cells }: MatrixVariant, device: string): string {
  const cell = cells.find((one) => one.device === device);
  if (cell === undefined) return 'not measured';
  if (cell.verdict === 'invalid') return 'outputs wrong';
  const figures = formatRatioInterval(cell.ratio, cell.interval);
  return cell.verdict === 'same' || cell.verdict === 'undecided' ? `${figures}, ${describeVerdict(cell)}` : figures;
}

export function matrixToMarkdown(matrix: DeviceMatrix): string {
  const { columns, rows } = tabulateMatrix(matrix);
  const apart = matrix.apart.map(({ source, reason }) => `- ${escapeMarkdown(source)}: ${escapeMarkdown(reason)}`);
  const sweeps = tabulateMatrixSweeps(matrix.sweeps).flatMap((sweep) => [
    `## ${escapeMarkdown(sweep.title)}`,
    formatMarkdownTable(sweep.columns, sweep.rows),
  ]);
  return [
    `# ${escapeMarkdown(matrix.model.name)}: devices`,
    escapeMarkdown(describeBest(matrix)),
    formatMarkdownTable(columns, rows),
    'Numbers are the time of the original divided by the time of the variant, with a 95 % interval.',
    ...sweeps,
    ...(apart.length > 0 ? [['## Kept apart', ...apart].join('\n')] : []),
  ]
    .join('\n\n')
    .concat('\n');
}
