import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hashDataset } from '../../src/engine/data/open-dataset';
import { executionProviders } from '../../src/engine/metrics/cell';
import { ParetoError } from '../../src/engine/errors';
import type { DatasetDescription } from '../../src/engine/data/dataset';
import type { DataMapping, EvaluationTask } from '../../src/engine/data/mapping/mapping';
import type { ClassResults, Evaluation } from '../../src/engine/metrics/evaluation';
import { defaultThreads } from '../../src/runtime/default-threads';
import { evaluateModels } from '../../src/runtime/evaluate';
import type { ModelFiles } from '../../src/runtime/model-files';
import { originalId } from '../../src/runtime/measure-request';
import { createNodeHost } from '../../src/runtime/node/node-host';
import {
  integerOption,
  listOption,
  requirePositionals,
  textOption,
  UsageError,
  type Command,
  type Invocation,
} from '../command';
import {
  chooseMapping,
  dataHelp,
  dataOptions,
  readGivenMapping,
  readRecipeFile,
  type ChosenMapping,
} from '../data-options';
import { describeEvaluation } from '../describe-evaluation';
import { dimensionOptions } from '../dimension-option';
import { findModel, readModelFiles, refuseUnknownDimensions } from '../model-on-disk';
import { openData } from '../open-data';
import { createRecipeHost } from '../open-input';
import { chooseSamples, readSampleChoice } from '../sample-choice';

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
    batch: { type: 'string' },
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
    confusion: { type: 'boolean' },
  },
  help: `Judges a model on data: accuracy with its interval where there are labels, and with --against the difference from
the original on the same samples and how near the outputs are. Samples that cannot be read are skipped and counted.

Usage: pareto evaluate <model> [--against <original>] --data <path> [--mapping <file>] [--json]

Options:
${dataHelp}
  --against <file>  the original to compare with; without labels this is needed
  --recipe <file>   takes mapping and split from the recipe's "data", instead of --mapping
  --limit <n>       only the first n samples, in the order of the data
  --seed <n>        with it the samples are chosen at random (the same for the same seed), not from the beginning
  --leave-out <n>   leaves out the n samples that optimize --samples n with this seed calibrates with
  --ep wasm         the provider; the others need a browser: evaluate in the page for them
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

/** The JSON document: a contract, so keys are only ever added. */
export interface EvaluationResult extends JudgedModel {
  readonly ep: Evaluation['ep'];
  readonly batch: number;
  readonly threads: number;
  readonly skippedSamples: Evaluation['skippedSamples'];
  readonly against?: JudgedModel & { readonly difference?: Evaluation['difference'] };
  readonly outputMatch?: Evaluation['outputMatch'];
  readonly data: Pick<DatasetDescription, 'name' | 'format' | 'samples' | 'sizeBytes' | 'notes'> & {
    /** SHA-256 over paths and contents of all files. */
    readonly fingerprint: string;
  };
  readonly mapping: DataMapping;
  /** Why the mapping is what it is, when it was worked out. */
  readonly mappingReasons: readonly string[];
  /** Of the model's runs alone. */
  readonly throughput: { readonly samplesPerSecond: number; readonly runMs: number };
  readonly ms: number;
}

interface ModelIdentity {
  readonly name: string;
  /** Of the model file. */
  readonly sha256: string;
}

interface JudgedModel {
  readonly model: ModelIdentity;
  readonly samples: number;
  readonly skipped: number;
  readonly task: EvaluationTask;
  readonly metrics: NonNullable<Evaluation['accuracy']>['metrics'];
  readonly classes?: ClassResults;
  readonly undecided?: number;
}

async function evaluate(invocation: Invocation): Promise<void> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const paths = listOption(invocation, 'data');
  if (paths.length === 0) throw new UsageError('The data is missing: name it with --data.');
  const options = readOptions(invocation);
  const model = findModel(path);
  const originalPath = textOption(invocation, 'against');
  const original = originalPath === undefined ? undefined : findModel(originalPath);
  refuseUnknownDimensions(options.freeDimensions, original ?? model);

  const context = createRecipeHost(invocation.signal);
  invocation.terminal.progress('Opening the data');
  const dataset = await openData(paths, context);
  const { description } = dataset;
  const chosen = chooseMapping(invocation, options.mapping, description, original ?? model);
  if (chosen.mapping.labels === null && original === undefined) {
    throw new ParetoError(
      'evaluate/nothing',
      `${description.name} has no labels, so ${model.name} alone cannot be judged: name the labels in a mapping (--mapping), or the original with --against to compare the outputs.`,
    );
  }
  const files = await Promise.all([original, model].map((one) => one && readModelFiles(one)));
  const [originalFiles, ownFiles] = files;
  const evaluations = await evaluateModels(
    context,
    createNodeHost(),
    {
      ...options,
      models: [
        ...(originalFiles ? [{ id: originalId, files: originalFiles }] : []),
        { id: model.name, files: ownFiles! },
      ],
      dataset,
      indices: chooseSamples(description.samples, options.samples),
      mapping: chosen.mapping,
      ep: 'wasm',
    },
    ({ stage, done, total }) =>
      invocation.terminal.progress(`${stage}: ${Math.floor((done / Math.max(1, total)) * 100)} %`),
  );
  const facts = { description, fingerprint: await hashDataset(dataset, context), chosen };
  const result = resultOf(evaluations, await Promise.all(files.map((one) => one && identify(one))), facts);
  invocation.terminal.progress('');
  invocation.terminal.print(
    invocation.json ? JSON.stringify(result) : describeEvaluation(result, invocation.values.confusion === true),
  );
}

interface Facts {
  readonly description: DatasetDescription;
  readonly fingerprint: string;
  readonly chosen: ChosenMapping;
}

/** Throws `evaluate/failed` when the model itself could not be run. */
function resultOf(
  evaluations: readonly Evaluation[],
  [original, model]: readonly (ModelIdentity | undefined)[],
  { description, fingerprint, chosen }: Facts,
): EvaluationResult {
  const own = evaluations.at(-1)!;
  if (own.failure !== undefined) throw new ParetoError('evaluate/failed', own.failure);
  const { name, format, samples, sizeBytes, notes } = description;
  const { difference, outputMatch, skippedSamples, ep, batch, threads, runMs, ms } = own;
  return {
    ...judged(model!, own),
    skippedSamples,
    ...(original && { against: { ...judged(original, evaluations[0]!), ...(difference && { difference }) } }),
    ...(outputMatch && { outputMatch }),
    ep,
    batch,
    threads,
    data: { name, format, samples, sizeBytes, notes, fingerprint },
    mapping: chosen.mapping,
    mappingReasons: chosen.reasons,
    throughput: { samplesPerSecond: (own.samples / runMs) * 1000, runMs },
    ms,
  };
}

async function identify({ name, model }: ModelFiles): Promise<ModelIdentity> {
  const sha256 = createHash('sha256')
    .update(new Uint8Array(await model.arrayBuffer()))
    .digest('hex');
  return { name, sha256 };
}

function judged(model: ModelIdentity, { samples, skipped, accuracy }: Evaluation): JudgedModel {
  const { task = { kind: 'match' } as const, metrics = {}, classes, undecided } = accuracy ?? {};
  return {
    model,
    samples,
    skipped,
    task,
    metrics,
    ...(classes && { classes }),
    ...(undecided !== undefined && { undecided }),
  };
}

function readOptions(invocation: Invocation) {
  const ep = textOption(invocation, 'ep') ?? 'wasm';
  if (!executionProviders.some((known) => known === ep)) {
    throw new UsageError(`--ep takes ${executionProviders.join(', ')}, not “${ep}”.`);
  }
  if (ep !== 'wasm') throw new UsageError(`--ep ${ep} needs a browser: evaluate in the page for it.`);
  const recipeFile = textOption(invocation, 'recipe');
  if (recipeFile !== undefined && textOption(invocation, 'mapping') !== undefined) {
    throw new UsageError('Give either --recipe or --mapping, not both.');
  }
  const recipe = recipeFile === undefined ? undefined : readRecipeFile(recipeFile);
  if (recipe !== undefined && recipe.data === undefined) {
    throw new ParetoError('recipe/no-data', `${recipeFile} says nothing about data: give a mapping with --mapping.`);
  }
  return {
    mapping: recipe?.data?.mapping ?? readGivenMapping(invocation),
    samples: readSampleChoice(invocation, recipe?.data?.split),
    freeDimensions: Object.fromEntries(dimensionOptions(invocation, 1)),
    batch: integerOption(invocation, 'batch', { minimum: 1, maximum: 65536 }),
    threads:
      integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }) ?? defaultThreads(availableParallelism(), true),
  };
}
