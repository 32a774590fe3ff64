/** Evaluates models on the disk with data on the disk. `evaluate` prints the result, and `check` compares it with limits. */
import { hashDataset } from '../src/engine/data/open-dataset';
import { evaluatedSamples } from '../src/engine/data/split';
import { ParetoError } from '../src/engine/errors';
import { formatPercent } from '../src/engine/format';
import type { Dataset, DatasetDescription } from '../src/engine/data/dataset';
import { evaluationProblem } from '../src/engine/data/mapping/evaluation-problem';
import type { DataMapping } from '../src/engine/data/mapping/mapping';
import { scalableInputs } from '../src/engine/data/mapping/scalable-inputs';
import type { Evaluation } from '../src/engine/metrics/evaluation';
import { endingsOf } from '../src/engine/metrics/output-kind';
import { hashSource } from '../src/engine/files/hash-source';
import type { RecipeHost } from '../src/engine/recipe/recipe-host';
import { evaluateModels, probeMapping } from '../src/runtime/evaluation/evaluate-models';
import {
  evaluationDocument,
  type EvaluationResult,
  type ModelIdentity,
} from '../src/runtime/evaluation/evaluation-document';
import { originalId } from '../src/engine/metrics/cell';
import type { Progress } from '../src/engine/progress';
import { createNodeHost } from '../src/runtime/node/node-host';
import { PathSource } from '../src/runtime/node/path-source';
import { listOption, textOption, UsageError, type Invocation } from './command';
import { automaticPreset, chooseMapping, reasonsBut, type ChosenMapping } from './options/data-options';
import type { EvaluateOptions } from './options/evaluate-options';
import { findModel, readModelFiles, refuseUnknownDimensions, type FoundModel } from './model-on-disk';
import { openGivenData, type FoundDataFile } from './open-data';
import { createRecipeHost } from '../src/runtime/node/recipe-host';

export interface DiskEvaluation {
  readonly path: string;
  /** The original to compare with. */
  readonly against?: string;
  readonly options: EvaluateOptions;
}

/** The data is what `--data` names. Throws UsageError without it, and what opening, mapping and running throw. */
export async function evaluateOnDisk(
  invocation: Invocation,
  { path, against, options }: DiskEvaluation,
): Promise<EvaluationResult> {
  const paths = listOption(invocation, 'data');
  if (paths.length === 0) throw new UsageError('The data is missing. Name it with --data.');
  const model = findModel(path, invocation);
  const original = against === undefined ? undefined : findModel(against, invocation);
  refuseUnknownDimensions(options.freeDimensions, original ?? model);

  const context = createRecipeHost(invocation.signal);
  invocation.terminal.progress('Opening the data');
  const { files: data, dataset } = await openGivenData(invocation, paths, context);
  const { description } = dataset;
  const sides = original ?? model;
  const suggested = await chooseMapping(invocation, options.mapping, { dataset, context }, sides, { probes: true });
  const chosen = await probed(invocation, suggested, { dataset, options, model: sides });
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
  const facts = {
    description,
    fingerprint: await hashDataset(dataset, context),
    chosen,
    choice: options.samples,
    limits: options.limits,
  };
  const identities = await Promise.all(models.map((one) => identifyModel(one, context)));
  invocation.terminal.progress('');
  return evaluationDocument(evaluations, identities, facts);
}

/** Returns the mapping with the scaling that fits the labels best, for `--preset auto`. */
async function probed(
  invocation: Invocation,
  chosen: ChosenMapping,
  job: { readonly dataset: Dataset; readonly options: EvaluateOptions; readonly model: FoundModel },
): Promise<ChosenMapping> {
  if (textOption(invocation, 'preset') !== automaticPreset) return chosen;
  if (chosen.mapping.labels === null) {
    throw new UsageError('--preset auto needs labels, and the data has none. Choose a preset.');
  }
  const { dataset, options, model } = job;
  const names = scalableInputs(chosen.mapping, dataset.description);
  if (names.length === 0) {
    return {
      ...chosen,
      reasons: ['No input takes pixels or columns of numbers, so no other scaling was tried.', ...chosen.reasons],
    };
  }
  const { samples, ...rest } = options;
  const indices = evaluatedSamples(dataset.description.samples, samples);
  const files = [{ id: originalId, files: await readModelFiles(model) }];
  const request = { ...rest, ep: 'wasm' as const, models: files, dataset, indices, mapping: chosen.mapping };
  invocation.terminal.progress('Trying other preprocessing');
  const probe = await probeMapping(createRecipeHost(invocation.signal), createNodeHost(), request);
  if (probe === undefined) {
    return { ...chosen, reasons: ['No other scaling gives clearly better accuracy.', ...chosen.reasons] };
  }
  const { proposed, before, after, samples: tried } = probe;
  const [better, usual] = [after, before].map(({ value }) => formatPercent(value));
  const order = after.hasOtherOrder ? ' in another class order' : '';
  const reason = `Chosen: ${proposed.title}. Accuracy${order} is ${better} instead of ${usual}, on ${tried} samples.`;
  return {
    mapping: { ...chosen.mapping, inputs: proposed.inputs },
    reasons: [reason, ...reasonsBut(names, chosen.reasons)],
  };
}

/** In the words of the command line, before a model is loaded. */
function refuseToSayNothing(mapping: DataMapping, description: DatasetDescription, models: number): void {
  const problem = evaluationProblem(mapping, description, models);
  if (problem === undefined) return;
  const options =
    'set the labels or the task in a mapping (--mapping), or name the original with --against to compare outputs';
  throw new ParetoError(
    'evaluate/nothing',
    mapping.labels === null && description.labelProblem === undefined
      ? `${description.name} has no labels, so one model alone cannot be evaluated: ${options}.`
      : problem,
  );
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
  const request = { ...rest, models: files, dataset, indices, endings: endingsOf(models[0]!.outputs) };
  return evaluateModels(createRecipeHost(signal), createNodeHost(), request, onProgress);
};

/** In a browser. Loaded when asked for: it brings one. */
const evaluateThere: EvaluateModels = async (signal, { models, data, options }, onProgress) => {
  const { evaluateInBrowser } = await import('../src/runtime/node/evaluate-in-browser');
  const { samples: split, mapping, ep, threads, freeDimensions, batch, generate } = options;
  const endings = endingsOf(models[0]!.outputs);
  const request = { models, data, mapping, endings, ep, threads, freeDimensions, batch, generate, split };
  return evaluateInBrowser(signal, request, onProgress);
};

/** Name and SHA-256 of the model file: by these documents tell whose figures they hold. */
export async function identifyModel({ name, path }: FoundModel, host: RecipeHost): Promise<ModelIdentity> {
  return { name, sha256: await hashSource(PathSource.of(path), host) };
}
