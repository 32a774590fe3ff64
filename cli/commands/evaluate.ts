import { hashDataset } from '../../src/engine/data/open-dataset';
import { evaluatedSamples } from '../../src/engine/data/split';
import { ParetoError } from '../../src/engine/errors';
import type { Dataset, DatasetDescription } from '../../src/engine/data/dataset';
import { evaluationProblem } from '../../src/engine/data/mapping/evaluation-problem';
import { mappingWithTask } from '../../src/engine/data/mapping/mapping-with-task';
import type { DataMapping } from '../../src/engine/data/mapping/mapping';
import type { AccuracyWarning, Evaluation } from '../../src/engine/metrics/evaluation';
import { hashSource } from '../../src/engine/files/hash-source';
import type { RecipeHost } from '../../src/engine/recipe/recipe-host';
import { evaluateModels, probeMapping } from '../../src/runtime/evaluation/evaluate-models';
import { warnOfPreprocessing } from '../../src/runtime/evaluation/probe-preprocessing';
import { originalId } from '../../src/runtime/benchmark/measure-request';
import type { Progress } from '../../src/engine/progress';
import { formatCounted } from '../../src/engine/format';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { PathSource } from '../../src/runtime/node/path-source';
import { listOption, requirePositionals, textOption, UsageError, type Command, type Invocation } from '../command';
import { automaticPreset, chooseMapping, dataHelp, dataOptions, type ChosenMapping } from '../data-options';
import { describeEvaluation, describeWarning } from '../describe-evaluation';
import type { EvaluationResult, ModelEvaluation, ModelIdentity } from '../evaluation-result';
import { readEvaluateOptions, type EvaluateOptions } from '../evaluate-options';
import { findModel, readModelFiles, refuseUnknownDimensions, type FoundModel } from '../model-on-disk';
import { findDataFiles, openData, type FoundDataFile } from '../open-data';
import { createRecipeHost } from '../open-input';

export const evaluateCommand: Command = {
  name: 'evaluate',
  summary: 'judges a model on data: accuracy, or how near its outputs are to the original’s',
  options: {
    ...dataOptions,
    against: { type: 'string' },
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

Options:
${dataHelp('--mapping <file>'.length)}
  --against <file>  the original to compare with; needed without labels and recorded outputs
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
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const paths = listOption(invocation, 'data');
  if (paths.length === 0) throw new UsageError('The data is missing: name it with --data.');
  const options = await readEvaluateOptions(invocation);
  const model = findModel(path, invocation);
  const originalPath = textOption(invocation, 'against');
  const original = originalPath === undefined ? undefined : findModel(originalPath, invocation);
  refuseUnknownDimensions(options.freeDimensions, original ?? model);

  const context = createRecipeHost(invocation.signal);
  invocation.terminal.progress('Opening the data');
  const data = await findDataFiles(paths, context);
  const dataset = await openData(data, context);
  const { description } = dataset;
  const sides = original ?? model;
  const suggested = await chooseMapping(invocation, options.mapping, { dataset, context }, sides, { probes: true });
  const chosen = await probed(invocation, suggested, { dataset, options, model: original ?? model });
  refuseToSayNothing(chosen.mapping, description, original === undefined ? 1 : 2);
  if (chosen.mapping.labels === null && description.labelProblem !== undefined) {
    invocation.terminal.warn(description.labelProblem);
  }
  const models = [...(original ? [{ ...original, id: originalId }] : []), { ...model, id: model.name }];
  const job = { models, data, dataset, options: { ...options, mapping: chosen.mapping } };
  const onProgress = ({ stage, done, total }: Progress) =>
    invocation.terminal.progress(`${stage}: ${Math.floor((done / Math.max(1, total)) * 100)} %`);
  const evaluations = await (options.browser ? evaluateThere : evaluateHere)(invocation.signal, job, onProgress);
  invocation.terminal.progress('Computing the SHA-256 of data and models');
  const facts = { description, fingerprint: await hashDataset(dataset, context), chosen, choice: options.samples };
  const identities = await Promise.all(models.map((one) => identify(one, context)));
  const result = resultOf(evaluations, identities, facts);
  invocation.terminal.progress('');
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

/** With `--preset auto`: the mapping with the scaling of pixels that fits the labels best. */
async function probed(
  invocation: Invocation,
  chosen: ChosenMapping,
  job: { readonly dataset: Dataset; readonly options: EvaluateOptions; readonly model: FoundModel },
): Promise<ChosenMapping> {
  if (textOption(invocation, 'preset') !== automaticPreset) return chosen;
  if (chosen.mapping.labels === null) {
    throw new UsageError('--preset auto tries what makes answers right, and the data has no labels. Choose a preset.');
  }
  const { dataset, options, model } = job;
  const { samples, ...rest } = options;
  const indices = evaluatedSamples(dataset.description.samples, samples);
  const files = [{ id: originalId, files: await readModelFiles(model) }];
  const request = { ...rest, ep: 'wasm' as const, models: files, dataset, indices, mapping: chosen.mapping };
  invocation.terminal.progress('Trying how pixels are fed');
  const probe = await probeMapping(createRecipeHost(invocation.signal), createNodeHost(), request);
  if (probe === undefined) {
    return { ...chosen, reasons: ['No other scaling of pixels makes clearly more answers right.', ...chosen.reasons] };
  }
  const { message, inputs = {} } = warnOfPreprocessing(probe);
  return { mapping: { ...chosen.mapping, inputs }, reasons: [`Taken: ${message}`, ...chosen.reasons] };
}

/** In the words of the command line, before a model is loaded. */
function refuseToSayNothing(mapping: DataMapping, description: DatasetDescription, models: number): void {
  const problem = evaluationProblem(mapping, description, models);
  if (problem === undefined) return;
  const options =
    'name the labels or the task in a mapping (--mapping), or the original with --against to compare the outputs';
  throw new ParetoError(
    'evaluate/nothing',
    mapping.labels === null && description.labelProblem === undefined
      ? `${description.name} has no labels, so one model alone cannot be judged: ${options}.`
      : problem,
  );
}

/** Of the model and the original, each sentence once. */
function warningsOf({ warnings, against }: EvaluationResult): readonly AccuracyWarning[] {
  const all = [...warnings, ...(against?.warnings ?? [])];
  return all.filter(({ message }, index) => all.findIndex((one) => one.message === message) === index);
}

interface EvaluationJob {
  /** The original first. */
  readonly models: readonly (FoundModel & { readonly id: string })[];
  readonly data: readonly FoundDataFile[];
  /** The same data, opened. */
  readonly dataset: Dataset;
  readonly options: EvaluateOptions & { readonly mapping: DataMapping };
}

type EvaluateModels = (
  signal: AbortSignal,
  job: EvaluationJob,
  onProgress: (progress: Progress) => void,
) => Promise<readonly Evaluation[]>;

/** In this process. */
const evaluateHere: EvaluateModels = async (signal, { models, dataset, options }, onProgress) => {
  const { samples, ...rest } = options;
  const indices = evaluatedSamples(dataset.description.samples, samples);
  const files = await Promise.all(models.map(async (model) => ({ id: model.id, files: await readModelFiles(model) })));
  const request = { ...rest, models: files, dataset, indices };
  return evaluateModels(createRecipeHost(signal), createNodeHost(), request, onProgress);
};

/** In a browser. Loaded when asked for: it brings one. */
const evaluateThere: EvaluateModels = async (signal, { models, data, options }, onProgress) => {
  const { evaluateInBrowser } = await import('../../src/runtime/node/evaluate-in-browser');
  const { samples: split, mapping, ep, threads, freeDimensions, batch } = options;
  const request = { models, data, mapping, ep, threads, freeDimensions, batch, split };
  return evaluateInBrowser(signal, request, onProgress);
};

interface Facts {
  readonly description: DatasetDescription;
  readonly fingerprint: string;
  readonly chosen: ChosenMapping;
  readonly choice: EvaluateOptions['samples'];
}

function splitOf(choice: EvaluateOptions['samples']): EvaluationResult['split'] {
  if ('first' in choice) return { seed: null, calibration: 0, evaluation: choice.first };
  const { seed, calibration, evaluation } = choice;
  return { seed, calibration, evaluation };
}

/** Throws `evaluate/failed` when the model itself could not be run. */
function resultOf(
  evaluations: readonly Evaluation[],
  models: readonly ModelIdentity[],
  { description, fingerprint, chosen, choice }: Facts,
): EvaluationResult {
  const own = evaluations.at(-1)!;
  const original = models.length > 1 ? models[0] : undefined;
  if (own.failure !== undefined) throw new ParetoError('evaluate/failed', own.failure);
  const { name, format, samples, sizeBytes, notes } = description;
  const { difference, outputMatch, skippedSamples, ep, batch, threads, runMs, ms } = own;
  return {
    ...judged(models.at(-1)!, own),
    skippedSamples,
    ...(original && { against: { ...judged(original, evaluations[0]!), ...(difference && { difference }) } }),
    ...(outputMatch && { outputMatch }),
    ep,
    batch,
    threads,
    data: { name, format, samples, sizeBytes, notes, fingerprint },
    split: splitOf(choice),
    mapping: mappingWithTask(chosen.mapping, evaluations[0]!.accuracy),
    mappingReasons: chosen.reasons,
    throughput: { samplesPerSecond: (own.samples / runMs) * 1000, runMs },
    ms,
  };
}

async function identify({ name, path }: FoundModel, host: RecipeHost): Promise<ModelIdentity> {
  return { name, sha256: await hashSource(PathSource.of(path), host) };
}

function judged(model: ModelIdentity, { samples, skipped, accuracy, recorded }: Evaluation): ModelEvaluation {
  const { task = { kind: 'match' } as const, metrics = {}, classes, undecided, warnings = [] } = accuracy ?? {};
  return {
    model,
    samples,
    skipped,
    task,
    metrics,
    ...(classes && { classes }),
    ...(undecided !== undefined && { undecided }),
    warnings,
    ...(recorded && { recorded }),
  };
}
