/** Evaluates a model on data: accuracy, or output match with the original. */
import * as v from 'valibot';
import type { DatasetDescription } from '../engine/data/dataset';
import { describeOutputNames, outputsByOrder } from '../engine/analysis/describe-interface-difference';
import { evaluationProblem } from '../engine/data/mapping/evaluation-problem';
import type { FreeDimensions } from '../engine/data/feeds';
import type { ModelSides } from '../engine/data/mapping/check-mapping';
import type { DataMapping } from '../engine/data/mapping/mapping';
import { withoutPadding } from '../engine/data/mapping/unpadded-texts';
import { createSampleFeeder } from '../engine/data/mapping/sample-feeds';
import { scalableInputs } from '../engine/data/mapping/scalable-inputs';
import { evaluatedSamples, mostNamedSamples, type DataSplit, type FirstSamples } from '../engine/data/split';
import { ParetoError } from '../engine/errors';
import { formatCounted, formatPercent } from '../engine/format';
import { originalId } from '../engine/metrics/cell';
import type { ChangedSamples } from '../engine/metrics/changes/changed-sample';
import type { Evaluation } from '../engine/metrics/evaluation';
import { endingsOf } from '../engine/metrics/output-kind';
import { createDataPreview } from '../runtime/data/data-preview';
import type { DataPreview } from '../runtime/jobs/data-calls';
import { parseLimits, type SearchLimits } from '../engine/search/search-goal';
import type { EvaluateModelsRequest } from '../runtime/evaluation/evaluate-models-request';
import { evaluateModels, probeMapping } from '../runtime/evaluation/evaluate-models';
import { evaluationDocument, type EvaluationResult } from '../runtime/evaluation/evaluation-document';
import { automaticPreset, openMappedData, reasonsBut, type ChosenMapping, type MappedData } from './data';
import type { RunningHost, WorkModel } from './host';
import * as schema from './request';
import { parseRequest, refuseUnknownDimensions, RequestError } from './request';

/** More tokens take minutes for each text. */
const mostGenerated = 1024;

/** Limits as `key=value` texts, or as an object. */
export const lossLimits = v.optional(v.union([schema.words, v.record(v.string(), v.any())]));

/** Throws `options/limit` for a limit that does not exist or has no such value. */
export function readLimits(limits: v.InferOutput<typeof lossLimits> = []): SearchLimits {
  return parseLimits(
    Array.isArray(limits)
      ? (limits as readonly string[])
      : Object.entries(limits).flatMap(([name, limit]) => (limit === undefined ? [] : `${name}=${limit}`)),
  );
}

/** Which samples are evaluated, and how models run. */
export const evaluationSettings = v.strictObject({
  /** Only so many samples. Absent: all. */
  limit: v.optional(schema.count),
  /** The largest loss against the original. Absent: the defaults of a search. */
  limits: lossLimits,
  /** Chooses samples at random. Absent: the first ones, in the order of the data. */
  seed: v.optional(schema.seed),
  /** Leaves out the samples that `optimize` with this seed and number of samples calibrates with. */
  leaveOut: v.optional(schema.integer(0, mostNamedSamples)),
  /** The split of a recipe, which the options above change. */
  split: v.optional(v.custom<DataSplit>((value) => typeof value === 'object')),
  ep: v.optional(schema.provider),
  /** Samples per run if the batch dimension is free. Absent: by size. */
  batch: schema.batch,
  threads: schema.threads,
  dimensions: schema.dimensions,
  /** Tokens to generate after the beginning of each text. */
  generate: v.optional(schema.integer(1, mostGenerated)),
});

export type EvaluationSettings = v.InferOutput<typeof evaluationSettings>;

export const evaluateRequest = v.strictObject({
  model: v.string(),
  /** The original to compare with. */
  against: v.optional(v.string()),
  data: v.optional(schema.dataRequest),
  ...evaluationSettings.entries,
});

export type EvaluateRequest = v.InferOutput<typeof evaluateRequest>;

/** Models with their ids, the original first. */
export type EvaluatedModels<Model extends WorkModel> = readonly { readonly id: string; readonly model: Model }[];

export type EvaluationRequest = Omit<EvaluateModelsRequest, 'models' | 'dataset' | 'indices'> & {
  readonly choice: DataSplit | FirstSamples;
};

export interface EvaluateHost<Model extends WorkModel = WorkModel> extends RunningHost<Model> {
  /** Evaluates elsewhere, such as in a browser. */
  evaluate?(models: EvaluatedModels<Model>, request: EvaluationRequest): Promise<readonly Evaluation[]>;
  /**
   * Takes the samples whose outputs changed, with a reader of them. `undefined`: the outputs cannot be compared sample by
   * sample.
   */
  showChanges?(
    changes: ChangedSamples | undefined,
    read: (index: number) => Promise<DataPreview | undefined>,
  ): Promise<void>;
}

/** The chosen samples. A limit alone means the first ones. Otherwise the first ones of the shuffled samples calibrate, and at most `limit` of the others are evaluated. */
export function sampleChoiceOf({ limit, seed, leaveOut, split }: EvaluationSettings): DataSplit | FirstSamples {
  if (seed === undefined && leaveOut === undefined && split === undefined) return { first: limit ?? null };
  return {
    seed: seed ?? split?.seed ?? 0,
    calibration: leaveOut ?? split?.calibration ?? 0,
    evaluation: limit ?? split?.evaluation ?? null,
  };
}

/** Rejects as opening, mapping and running do. */
export async function evaluate<Model extends WorkModel>(
  value: EvaluateRequest,
  host: EvaluateHost<Model>,
): Promise<EvaluationResult> {
  const request = parseRequest(evaluateRequest, value, host.option);
  const { data: given, dimensions: freeDimensions = {}, batch } = request;
  if (given === undefined) throw new RequestError(`The data is missing. Name it with ${host.option('data')}.`);
  const variant = await host.openModel(request.model);
  const original = request.against === undefined ? undefined : await host.openModel(request.against);
  const model = original ? namedLike(original, variant, host) : variant;
  const sides = (original ?? model).opened.inspection;
  refuseUnknownDimensions(freeDimensions, sides, host.option);
  host.stage('Opening the data');
  const suggested = await openMappedData(given, sides, host, true);
  const settings = {
    ep: request.ep ?? 'wasm',
    threads: request.threads ?? host.threads,
    freeDimensions,
    batch,
    generate: request.generate,
  } as const;
  const choice = sampleChoiceOf(request);
  const data = await probed(suggested, { preset: given.preset, model: original ?? model, settings, choice }, host);
  const { description } = data.dataset;
  refuseToSayNothing(data.chosen.mapping, description, original === undefined ? 1 : 2, host);
  if (data.chosen.mapping.labels === null && description.labelProblem !== undefined)
    host.warn(description.labelProblem);
  const models = [...(original ? [{ id: originalId, model: original }] : []), { id: variantIdOf(model), model }];
  const evaluations = await evaluateAll(models, data, { ...settings, choice, endings: endingsOf(sides.outputs) }, host);
  if (original !== undefined && host.showChanges) {
    host.stage('Reading the changed samples');
    await host.showChanges(evaluations.at(-1)!.changes, sampleReader(data, { ...sides, freeDimensions }, host));
  }
  host.stage('Computing the SHA-256 of the data');
  const identities = models.map(({ model: { name, opened } }) => ({ name, sha256: opened.inspection.file.sha256 }));
  const facts = {
    description,
    fingerprint: await data.fingerprint(),
    chosen: data.chosen,
    choice,
    limits: readLimits(request.limits),
  };
  const result = evaluationDocument(evaluations, identities, facts);
  if (batch !== undefined && batch !== result.batch) {
    const ran = formatCounted(result.batch, 'sample');
    host.warn(`${host.option('batch')} ${batch} was not used: the model ran ${ran} at a time.`);
  }
  return result;
}

/** Reads samples as they are shown; `undefined` for one that cannot be read. */
function sampleReader(
  { dataset, chosen: { mapping } }: MappedData,
  { inputs, freeDimensions }: ModelSides & { readonly freeDimensions: FreeDimensions },
  host: RunningHost,
): (index: number) => Promise<DataPreview | undefined> {
  const feeder = createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions });
  return async (index) => {
    for await (const read of dataset.read([index], feeder.fields, host)) {
      if ('values' in read) return createDataPreview(read, feeder, inputs);
    }
    return undefined;
  };
}

/** The model with the original's names of outputs, if it has others for the same ones, and says so. */
export function namedLike<Model extends WorkModel>(
  original: WorkModel,
  model: Model,
  { warn }: Pick<RunningHost, 'warn'>,
): Model {
  const outputNames = outputsByOrder(original.opened.inspection, model.opened.inspection);
  if (outputNames === undefined) return model;
  warn(describeOutputNames(model.name, outputNames));
  return { ...model, files: async () => ({ ...(await model.files()), outputNames }) };
}

/** No variant has the id of the original. */
export function variantIdOf({ name }: WorkModel): string {
  return name === originalId ? `${name}.onnx` : name;
}

async function evaluateAll<Model extends WorkModel>(
  models: EvaluatedModels<Model>,
  { dataset, chosen: { mapping } }: MappedData,
  { choice, freeDimensions, ...others }: Omit<EvaluationRequest, 'mapping'>,
  host: EvaluateHost<Model>,
): Promise<readonly Evaluation[]> {
  const inputs = models.map(({ model }) => model.opened.inspection.inputs);
  const settings = { ...others, ...withoutPadding({ mapping, freeDimensions }, inputs, others.ep) };
  if (host.evaluate) return host.evaluate(models, { ...settings, choice });
  const indices = evaluatedSamples(dataset.description.samples, choice);
  const files = await Promise.all(models.map(async ({ id, model }) => ({ id, files: await model.files() })));
  const listsChanges = host.showChanges !== undefined;
  const request = { ...settings, models: files, dataset, indices, listsChanges };
  return host.exclusively(host.signal, () =>
    evaluateModels(host, host.openSessions(), request, (progress) => host.progress(progress)),
  );
}

interface Probing {
  readonly preset: string | undefined;
  readonly model: WorkModel;
  readonly settings: Pick<EvaluateModelsRequest, 'threads' | 'freeDimensions' | 'batch' | 'generate'>;
  readonly choice: DataSplit | FirstSamples;
}

/** Returns the mapping with the scaling that fits the labels best, for the preset `auto`. */
async function probed(
  data: MappedData,
  { preset, model, settings, choice }: Probing,
  host: RunningHost,
): Promise<MappedData> {
  if (preset !== automaticPreset) return data;
  const { dataset, chosen } = data;
  const withReason = (reason: string, other: Partial<ChosenMapping> = {}): MappedData => {
    const { mapping, reasons } = { ...chosen, ...other };
    return { ...data, chosen: { mapping, reasons: [reason, ...reasons] } };
  };
  if (chosen.mapping.labels === null) {
    throw new RequestError(`${host.option('preset')} auto needs labels, and the data has none. Choose a preset.`);
  }
  const names = scalableInputs(chosen.mapping, dataset.description);
  if (names.length === 0) {
    return withReason('No input takes pixels or columns of numbers, so no other scaling was tried.');
  }
  const indices = evaluatedSamples(dataset.description.samples, choice);
  const models = [{ id: originalId, files: await model.files() }];
  const { mapping } = chosen;
  host.stage('Trying other preprocessing');
  const request = { ...settings, ep: 'wasm' as const, models, dataset, indices, mapping };
  const probe = await probeMapping(host, host.openSessions(), request);
  if (probe === undefined) return withReason('No other scaling gives clearly better accuracy.');
  const { proposed, before, after, samples: tried } = probe;
  const [better, usual] = [after, before].map(({ value }) => formatPercent(value));
  const order = after.hasOtherOrder ? ' in another class order' : '';
  return withReason(
    `Chosen: ${proposed.title}. Accuracy${order} is ${better} instead of ${usual}, on ${tried} samples.`,
    { mapping: { ...mapping, inputs: proposed.inputs }, reasons: reasonsBut(names, chosen.reasons) },
  );
}

/** Before a model is loaded. */
function refuseToSayNothing(
  mapping: DataMapping,
  description: DatasetDescription,
  models: number,
  { option }: Pick<RunningHost, 'option'>,
): void {
  const problem = evaluationProblem(mapping, description, models);
  if (problem === undefined) return;
  const remedy = `set the labels or the task in a mapping (${option('mapping')}), or name the original with ${option('against')} to compare outputs`;
  throw new ParetoError(
    'evaluate/nothing',
    mapping.labels === null && description.labelProblem === undefined
      ? `${description.name} has no labels, so one model alone cannot be evaluated: ${remedy}.`
      : problem,
  );
}
