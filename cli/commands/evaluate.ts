import { basename } from 'node:path';
import { ParetoError } from '../../src/engine/errors';
import { shownInput } from '../../src/engine/metrics/changes/draw-answers';
import { changedSamplesPage } from '../../src/engine/report/changed-page';
import { evaluate, type EvaluateRequest } from '../../src/work/evaluate';
import {
  isSet,
  requirePositionals,
  textOption,
  UsageError,
  type Command,
  type Invocation,
  type Shell,
} from '../command';
import { describeEvaluation } from '../words/describe-evaluation';
import { hasParts } from '../hub/model-folder';
import { dataHelp, dataOptions } from '../options/data-options';
import { readEvaluationOptions } from '../options/evaluate-options';
import { evaluateFolders } from '../parts/evaluate-folders';
import { partsHelp, partsOptions, refuseIdleParts } from '../parts/parts-work';
import { OutputFile, refuseOutput } from '../files/output-file';
import { createShellHost, type ShellHost } from '../shell-host';
import { warnOfAccuracy } from '../words/warn-of-data';

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'evaluates a model on data: accuracy, or output match with the original',
  keepsBlocks: () => true,
  takesParts: true,
  options: {
    ...dataOptions,
    ...partsOptions,
    against: { type: 'string' },
    variant: { type: 'string' },
    recipe: { type: 'string' },
    limit: { type: 'string', multiple: true },
    seed: { type: 'string' },
    'leave-out': { type: 'string' },
    ep: { type: 'string' },
    browser: { type: 'boolean' },
    batch: { type: 'string' },
    threads: { type: 'string' },
    generate: { type: 'string' },
    dim: { type: 'string', multiple: true },
    confusion: { type: 'boolean' },
    html: { type: 'string' },
  },
  help: `Evaluates a model on data. With labels: accuracy and its interval. With --against: the difference to the original on the same
samples, and the output match. ONNX test data contains recorded outputs, which are compared too. Samples that cannot be read
are skipped and counted.

Usage: pareto evaluate <model> [--against <original>] --data <path> [--mapping <file>] [--json]
       pareto evaluate <original> --variant <model> --data <path> [--mapping <file>] [--json]
       pareto evaluate <folder of several parts> --against <original folder> --data <path> [--json]

Options:
${dataHelp('--mapping <file>'.length)}
  --against <file>  the original to compare with; needed without labels and recorded outputs
  --variant <file>  evaluates this model against the first one
  --recipe <file>   uses mapping and split of the recipe's "data", instead of --mapping
  --limit <n>       only the first n samples, in file order. 0.02 or key=value: the largest loss against the original, as in
                    search: accuracyLoss=0.01 (default), cosineLoss, sqnrDb, …
  --seed <n>        chooses samples at random instead, the same as the page with this seed and number of samples
  --leave-out <n>   leaves out the n samples (0) that optimize --samples n with this seed (0) uses for calibration
  --ep <provider>   wasm (the default), compiled; with --browser also webgpu, webnn-cpu, webnn-gpu, webnn-npu
  --browser         evaluates in a headless browser, with the built app (npm run build)
  --batch <n>       samples per run if the batch dimension is free; default by size. Outputs of dynamically quantized models
                    depend slightly on it
  --threads <n>     WASM threads (half of the cores, at most 4)
  --dim name=value  sets a free dimension that the data does not determine
  --generate <n>    for a model that generates text, also the share of texts that both continue with the same n tokens;
                    for a folder with encoder and decoder, the most tokens of a sequence (64)
${partsHelp}
  --confusion       shows the confusion matrix for up to 100 classes (default: up to 10)
  --html <file>     writes the samples whose outputs changed most as one page without scripts: inputs, and both answers
  --json            prints the result as one JSON document

Example:
  pareto evaluate quantized.onnx --against model.onnx --data photos/ --preset imagenet-torchvision --limit 1000
`,
  run,
};

async function run(invocation: Invocation): Promise<void> {
  const models = readModels(invocation);
  const given = [models.model, models.against].map((path) => invocation.folders.get(path ?? ''));
  if (given.some(hasParts)) return evaluateFolders(invocation, models);
  refuseIdleParts(invocation);
  const { settings, data, browser } = await readEvaluationOptions(invocation);
  const request = { ...models, ...settings, data };
  const html = textOption(invocation, 'html');
  if (html !== undefined) {
    if (models.against === undefined) throw new UsageError('--html needs --against or --variant.');
    refuseOutput(html, invocation.inputs);
  }
  return evaluateFile(request, { browser, confusion: isSet(invocation, 'confusion'), html }, invocation);
}

interface Shown {
  readonly browser: boolean;
  readonly confusion: boolean;
  readonly html: string | undefined;
}

async function evaluateFile(
  request: EvaluateRequest,
  { browser, confusion, html }: Shown,
  shell: Shell,
): Promise<void> {
  const host = createShellHost(shell, { browser });
  let page: string | undefined;
  const showChanges: ShellHost['showChanges'] = async (changes, read) => {
    if (changes === undefined) return;
    const names = [request.against!, request.model].map((path) => basename(path)) as [string, string];
    page = await changedSamplesPage({ title: names[1], changes, names }, async (index) => {
      const preview = await read(index);
      return preview && shownInput(preview);
    });
  };
  const result = await evaluate(request, html === undefined ? host : { ...host, showChanges });
  shell.terminal.progress('');
  warnOfAccuracy(shell, [result]);
  if (html !== undefined && page !== undefined) OutputFile.writeWhole(html, page, shell.inputs);
  shell.terminal.print(shell.json ? JSON.stringify(result) : describeEvaluation(result, confusion));
  if (html !== undefined && page === undefined) {
    throw new ParetoError(
      'evaluate/no-changes',
      `${html} was not written: the outputs cannot be compared sample by sample.`,
    );
  }
}

function readModels(invocation: Invocation): Pick<EvaluateRequest, 'model' | 'against'> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const [against, variant] = [textOption(invocation, 'against'), textOption(invocation, 'variant')];
  if (variant === undefined) return { model: path, against };
  if (against !== undefined) throw new UsageError('Use either --against or --variant, not both.');
  return { model: variant, against: path };
}
