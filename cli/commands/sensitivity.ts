import { formatCounted, formatDecibels, formatScientific } from '../../src/engine/format';
import { sensitivityTechniques, type OutputFigures, type Sensitivity } from '../../src/engine/search/sensitivity';
import { measureSensitivity } from '../../src/runtime/search/measure-sensitivity';
import { integerOption, requirePositionals, textOption, UsageError, type Command, type Invocation } from '../command';
import { dataHelp, dataOptions } from '../data-options';
import { dimensionOptions } from '../dimension-option';
import { createSearchHost, openSearched, searchedDataHelp, searchedDataOptions } from '../open-searched';
import { formatTable } from '../table';

const metrics = ['kl', 'sqnr'] as const;

export const sensitivityCommand: Command = {
  name: 'sensitivity',
  summary: 'tells what each layer alone costs when it is quantized',
  options: {
    technique: { type: 'string' },
    bits: { type: 'string' },
    metric: { type: 'string' },
    ...dataOptions,
    ...searchedDataOptions,
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
  },
  help: `Quantizes one layer after the other, each alone, and compares the model's outputs with the original's on 32 samples. Without
data inputs are made up.

Usage: pareto sensitivity <model> --data <path> [--technique <id>] [--bits 4|8] [--json]

Options:
  --technique <id>          ${sensitivityTechniques.join(', ')} (the first is the default)
  --bits <n>                4 (the default) or 8, for quantize-weights
  --metric <name>           what layers are put in order by: kl (where an output is a distribution over classes) or sqnr
${dataHelp('--calibration-data <path>'.length)}
${searchedDataHelp('--calibration-data <path>'.length)}
  --threads <n>             WASM threads (half of the cores, at most 4)
  --dim name=value          gives a free dimension that the data says nothing about a size
  --json                    layers, the most sensitive first, as one JSON document

Example:
  pareto sensitivity model.onnx --data photos/ --technique quantize-weights --bits 4
`,
  run: sensitivity,
};

async function sensitivity(invocation: Invocation): Promise<void> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const technique = choice(invocation, 'technique', sensitivityTechniques) ?? 'quantize-weights';
  const metric = choice(invocation, 'metric', metrics);
  const bits = choice(invocation, 'bits', ['4', '8'] as const) ?? '4';
  const host = createSearchHost(invocation.signal);
  const searched = await openSearched(invocation, path, host, 0);
  try {
    const found = await measureSensitivity(
      host,
      {
        ...searched,
        technique,
        bits: bits === '4' ? 4 : 8,
        ...(metric && { metric }),
        threads: integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }) ?? host.threads,
        freeDimensions: Object.fromEntries(dimensionOptions(invocation)),
      },
      { progress: ({ stage, done }) => invocation.terminal.progress(`${done} % ${stage}`) },
    );
    invocation.terminal.progress('');
    invocation.terminal.print(invocation.json ? JSON.stringify(found) : describe(found));
  } finally {
    host.end();
  }
}

function choice<const Name extends string>(
  invocation: Invocation,
  option: string,
  names: readonly Name[],
): Name | undefined {
  const given = textOption(invocation, option);
  const known = names.find((name) => name === given);
  if (given !== undefined && known === undefined) {
    throw new UsageError(`--${option} takes ${names.join(', ')}, not “${given}”.`);
  }
  return known;
}

function describe({ technique, bits, layers, baseline, samples, inputs }: Sensitivity): string {
  const rows = [
    ['layer', '', 'KL, nats', 'SQNR'],
    ...layers.map(({ path, op, output }) => [path, op, ...figures(output)]),
    ['all of them', '', ...figures(baseline)],
  ];
  const how = inputs === 'data' ? formatCounted(samples, 'sample') : `${formatCounted(samples, 'input')} made up`;
  const what = bits === undefined ? technique : `${technique}, ${bits} bits`;
  return `${what}, each layer alone, on ${how}:\n\n${formatTable(rows, ['left', 'left', 'right', 'right'])}`;
}

function figures({ kl, sqnrDb }: OutputFigures): readonly string[] {
  return [kl === null ? '' : formatScientific(kl), sqnrDb === null ? '' : formatDecibels(sqnrDb)];
}
