import { formatCounted, formatDecibels, formatScientific, formatQuoted } from '../../src/engine/format';
import { describeInterval, nameOfLoss } from '../../src/engine/verdict/loss';
import {
  describeUnit,
  divergenceOf,
  sensitivityMetrics,
  type Sensitivity,
  type SensitivityMetric,
  type TaskDrop,
  type TogetherFigures,
} from '../../src/engine/search/sensitivity';
import {
  sensitivityPasses,
  techniqueOf,
  type SensitivityTechnique,
} from '../../src/engine/search/sensitivity-techniques';
import { measureSensitivity } from '../../src/runtime/search/measure-sensitivity';
import { withSearched, type SearchedRequest } from '../../src/work/search';
import { isSet, textOption, UsageError, type Arguments, type Command, type Invocation, type Shell } from '../command';
import { explainTerms } from '../words/explain-terms';
import { dataHelp, dataOptions } from '../options/data-options';
import { readSearched, searchedDataHelp, searchedDataOptions } from '../options/searched-options';
import { refuseOutput } from '../files/output-file';
import { readMeasured, writeMeasured } from '../files/sensitivity-file';
import { createShellHost } from '../shell-host';
import { formatTable } from '../words/table';

export const sensitivityCommand: Command = {
  name: 'sensitivity',
  summary: 'measures the loss if one layer alone is quantized, converted or pruned',
  options: {
    technique: { type: 'string' },
    bits: { type: 'string' },
    metric: { type: 'string' },
    output: { type: 'string', short: 'o' },
    resume: { type: 'boolean' },
    ...dataOptions,
    ...searchedDataOptions,
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
  },
  help: `Changes one layer at a time and compares the model's outputs with the original's on 32 samples, and the layer's own output on 8.
Then changes layers together, least sensitive first, until all are changed. Without data, inputs are random. With
prune-channels, 30 % of each channel group is removed; layers of one group share their figures.

Usage: pareto sensitivity <model> --data <path> [--technique <id>] [--bits 4|8] [--metric kl|sqnr|task]
       [-o <file> [--resume]] [--json]

Options:
  --technique <id>          ${sensitivityPasses.slice(0, 2).join(', ')}, ${sensitivityPasses.slice(2).join(', ')}
                            (default: the first)
  --bits <n>                4 (default) or 8, for quantize-weights
  --metric <name>           sorts layers by kl (for outputs that are class distributions), sqnr, or task (accuracy loss on 256
                            samples; without labels, share of changed predictions)
  -o, --output <file>       writes the results after each layer, as JSON
  --resume                  continues that file and keeps its results; uses its metric unless --metric is given
${dataHelp('--calibration-data <path>'.length)}
${searchedDataHelp('--calibration-data <path>'.length)}
  --threads <n>             WASM threads (half of the cores, at most 4)
  --dim name=value          sets a free dimension that the data does not determine
  --json                    prints layers, most sensitive first, as one JSON document

Example:
  pareto sensitivity model.onnx --data photos/ --technique quantize-weights --bits 4
`,
  run,
};

interface SensitivityRequest {
  readonly technique: SensitivityTechnique;
  readonly metric: SensitivityMetric | undefined;
  /** The file that holds the results. */
  readonly output: string | undefined;
  readonly resumes: boolean;
}

async function run(invocation: Invocation): Promise<void> {
  const searched = await readSearched(invocation);
  const technique = chosenTechnique(invocation);
  const metric = choice(invocation, 'metric', sensitivityMetrics);
  const output = textOption(invocation, 'output');
  const resumes = isSet(invocation, 'resume');
  if (resumes && output === undefined) throw new UsageError('--resume continues the file of -o. Name the file.');
  return measure(searched, { technique, metric, output, resumes }, invocation);
}

async function measure(
  request: SearchedRequest,
  { technique, metric: wanted, output, resumes }: SensitivityRequest,
  shell: Shell,
): Promise<void> {
  const host = createShellHost(shell, { lineOf: ({ stage, done }) => `${done} % ${stage}` });
  const { progress } = host;
  const found = await withSearched(request, { seed: 0, ep: 'wasm' }, host, async (searching, searched) => {
    // Refused before the time is spent.
    if (output !== undefined) refuseOutput(output, shell.inputs);
    const basis = { ...searched.basis, technique: technique.id };
    const known = resumes ? readMeasured(output!, basis) : undefined;
    const metric = wanted ?? known?.metric;
    const measured = (each: Sensitivity): void => {
      if (output !== undefined) writeMeasured(output, each, basis, shell.inputs);
    };
    const asked = { ...searched, technique, ...(metric && { metric }), ...(known && { known }) };
    const all = await measureSensitivity(searching, asked, { progress, measured });
    measured(all);
    return all;
  });
  shell.terminal.progress('');
  shell.terminal.print(shell.json ? JSON.stringify(found) : describe(found));
}

function choice<const Name extends string>(given: Arguments, option: string, names: readonly Name[]): Name | undefined {
  const text = textOption(given, option);
  const known = names.find((name) => name === text);
  if (text !== undefined && known === undefined) {
    throw new UsageError(`--${option} must be one of ${names.join(', ')}, not ${formatQuoted(text)}.`);
  }
  return known;
}

function chosenTechnique(invocation: Arguments): SensitivityTechnique {
  const technique = choice(invocation, 'technique', sensitivityPasses) ?? 'quantize-weights';
  const bits = choice(invocation, 'bits', ['4', '8'] as const);
  if (technique !== 'quantize-weights') {
    if (bits !== undefined) throw new UsageError('--bits needs --technique quantize-weights. Leave it out.');
    return techniqueOf({ technique })!;
  }
  return techniqueOf({ technique, bits: bits === '8' ? 8 : 4 })!;
}

function describe(found: Sensitivity): string {
  const { layers, baseline, samples, inputs, metric } = found;
  const { task } = baseline;
  const rows = [
    [
      'layer',
      '',
      'layer output, SQNR',
      'model outputs, SQNR',
      baseline.kl === null && baseline.cosineLoss !== undefined ? '1 − cosine' : 'KL, nats',
      ...(task ? [nameOfTask(task)] : []),
      'with all below',
    ],
    ...layers.map((layer) => [
      describeUnit(layer),
      layer.op,
      decibels(layer.local.sqnrDb),
      ...figures({ ...layer.output, task: layer.task }),
      layer.accumulated === undefined ? '' : figureOf(layer.accumulated, metric),
    ]),
    ['all layers', '', '', ...figures(baseline), ''],
  ];
  const how = inputs === 'data' ? formatCounted(samples, 'sample') : `${formatCounted(samples, 'random input')}`;
  const ofTask = task === undefined ? '' : `, ${task.samples} for the task loss`;
  const what = techniqueOf(found)!.title;
  const columns = ['left', 'left', ...rows[0]!.slice(2).map(() => 'right' as const)] as const;
  const table = formatTable(rows, columns);
  return [`${what}, one layer at a time, on ${how}${ofTask}:`, table, ...explainTerms(table)].join('\n\n');
}

function nameOfTask({ of }: TaskDrop): string {
  return nameOfLoss({ of, inputs: 'data' }).toLowerCase();
}

function figures(found: TogetherFigures): readonly string[] {
  const { sqnrDb, task } = found;
  return [decibels(sqnrDb), divergence(found), ...(task ? [drop(task)] : [])];
}

function figureOf(found: TogetherFigures, metric: SensitivityMetric): string {
  const { sqnrDb, task } = found;
  if (metric === 'task') return task === undefined ? '' : drop(task);
  return metric === 'kl' ? divergence(found) : decibels(sqnrDb);
}

const decibels = (sqnrDb: number | null): string => (sqnrDb === null ? '' : formatDecibels(sqnrDb));
/** In nats, or of cosine. */
const divergence = (found: TogetherFigures): string => {
  const value = divergenceOf(found);
  return value === null ? '' : formatScientific(value);
};
const drop = ({ of, drop: value, interval }: TaskDrop): string => describeInterval({ of, value, interval });
