import type { AccuracyWarning } from '../../src/engine/metrics/evaluation';
import { formatCounted } from '../../src/engine/format';
import { requirePositionals, textOption, UsageError, type Command, type Invocation } from '../command';
import { dataHelp, dataOptions } from '../data-options';
import { describeEvaluation, describeWarning } from '../describe-evaluation';
import { evaluateOnDisk, type DiskEvaluation } from '../evaluate-on-disk';
import type { EvaluationResult } from '../evaluation-result';
import { readEvaluateOptions } from '../evaluate-options';

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'judges a model on data: accuracy, or how near its outputs are to the original’s',
  options: {
    ...dataOptions,
    against: { type: 'string' },
    variant: { type: 'string' },
    recipe: { type: 'string' },
    limit: { type: 'string' },
    seed: { type: 'string' },
    'leave-out': { type: 'string' },
    ep: { type: 'string' },
    browser: { type: 'boolean' },
    batch: { type: 'string' },
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
    confusion: { type: 'boolean' },
  },
  help: `Judges a model on data: accuracy with its interval where there are labels, and with --against the difference from
the original on the same samples and how near the outputs are. Test data of ONNX models records outputs: these are
compared too. Samples that cannot be read are skipped and counted.

Usage: pareto evaluate <model> [--against <original>] --data <path> [--mapping <file>] [--json]
       pareto evaluate <original> --variant <model> --data <path> [--mapping <file>] [--json]

Options:
${dataHelp('--mapping <file>'.length)}
  --against <file>  the original to compare with; needed without labels and recorded outputs
  --variant <file>  the same the other way round: judges this model against the one that is named first
  --recipe <file>   takes mapping and split from the recipe's "data", instead of --mapping
  --limit <n>       only the first n samples, in the order of the data
  --seed <n>        with it the samples are chosen at random (the same for the same seed), not from the beginning: those
                    that the page evaluates with this seed and so many "Samples to evaluate"
  --leave-out <n>   sets n samples aside that are not evaluated (0): those that optimize --samples n with this seed (0)
                    calibrates with, and that the page sets aside to calibrate
  --ep <provider>   wasm (the default); with --browser also webgpu, webnn-cpu, webnn-gpu, webnn-npu
  --browser         evaluates in a headless browser, in the built app (npm run build)
  --batch <n>       samples per run where the batch dimension is free; chosen by size without it. A model that quantizes
                    its activations while it runs gives slightly other outputs in another batch
  --threads <n>     WASM threads (half of the cores, at most 4)
  --dim name=value  gives a free dimension that the data says nothing about a size
  --confusion       shows the confusion matrix of up to 100 classes; without it of up to 10
  --json            everything as one JSON document

Example:
  pareto evaluate quantized.onnx --against model.onnx --data photos/ --preset imagenet-torchvision --limit 1000
`,
  run: evaluate,
};

async function evaluate(invocation: Invocation): Promise<void> {
  const models = readModels(invocation);
  const options = await readEvaluateOptions(invocation);
  const result = await evaluateOnDisk(invocation, { ...models, options });
  if (options.batch !== undefined && options.batch !== result.batch) {
    invocation.terminal.warn(
      `--batch ${options.batch} was not used: the model took ${formatCounted(result.batch, 'sample')} at a time.`,
    );
  }
  for (const warning of warningsOf(result)) invocation.terminal.warn(describeWarning(warning));
  invocation.terminal.print(
    invocation.json ? JSON.stringify(result) : describeEvaluation(result, invocation.values.confusion === true),
  );
}

function readModels(invocation: Invocation): Pick<DiskEvaluation, 'path' | 'against'> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const [against, variant] = [textOption(invocation, 'against'), textOption(invocation, 'variant')];
  if (variant === undefined) return { path, against };
  if (against !== undefined) throw new UsageError('Give either --against or --variant, not both.');
  return { path: variant, against: path };
}

/** Of the model and the original, each sentence once. */
function warningsOf({ warnings, against }: EvaluationResult): readonly AccuracyWarning[] {
  const all = [...warnings, ...(against?.warnings ?? [])];
  return all.filter(({ message }, index) => all.findIndex((one) => one.message === message) === index);
}
