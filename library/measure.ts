/** Evaluates models on data and measures their speed, on any platform. */
import { hashDataset } from '../src/engine/data/open-dataset';
import { evaluatedSamples, mostNamedSamples, type DataSplit, type FirstSamples } from '../src/engine/data/split';
import { ParetoError } from '../src/engine/errors';
import { executionProviders, mostComparedInputs, originalId } from '../src/engine/metrics/cell';
import { endingsOf } from '../src/engine/metrics/output-kind';
import { budgets } from '../src/runtime/benchmark/budget';
import { measureCells } from '../src/runtime/benchmark/measure';
import { MeasuredCells } from '../src/runtime/benchmark/measured-cells';
import { evaluateModels } from '../src/runtime/evaluation/evaluate-models';
import { evaluationDocument, type EvaluationResult } from '../src/runtime/evaluation/evaluation-document';
import {
  countOf,
  integerOf,
  providerOf,
  refuseUnknownDimensions,
  refuseUnknownOptions,
  seedOf,
  threadsOf,
  wordOf,
  wordsOf,
} from './check-options';
import type { LibraryHost } from './host';
import { readModelSource, type ReadModel } from './model-bytes';
import { openModelData, readFirstInputs } from './model-data';
import type { BenchmarkOptions, BenchmarkReport, EvaluateOptions, ModelSource } from './types';

const batchSizes = { minimum: 1, maximum: 65_536 };
const budgetNames = Object.keys(budgets) as (keyof typeof budgets)[];

export async function evaluateModel(
  source: ModelSource,
  options: EvaluateOptions,
  host: LibraryHost,
): Promise<EvaluationResult> {
  const known = ['data', 'against', 'limit', 'seed', 'leaveOut', 'ep', 'batch', 'threads', 'dimensions'];
  refuseUnknownOptions(options, known);
  const { data, against, dimensions: freeDimensions = {} } = options;
  if (data === undefined) throw new ParetoError('options/invalid', 'The data is missing. Set data to { files }.');
  const choice = sampleChoiceOf(options);
  const ep = providerOf(options.ep);
  const batch = integerOf('batch', options.batch, batchSizes);
  const threads = threadsOf(options.threads) ?? host.threads;
  const model = await readModelSource(source, host);
  const original = against === undefined ? undefined : await readModelSource(against, host, { name: 'original.onnx' });
  const sides = (original ?? model).opened;
  refuseUnknownDimensions(freeDimensions, sides.model);
  const { dataset, chosen } = await openModelData(data, sides, host);
  const { description } = dataset;
  const indices = evaluatedSamples(description.samples, choice);
  const models = [...(original ? [{ ...original, id: originalId }] : []), { ...model, id: variantIdOf(model) }];
  const request = {
    models: models.map(({ id, files }) => ({ id, files: files() })),
    dataset,
    indices,
    mapping: chosen.mapping,
    endings: endingsOf(sides.inspection.outputs),
    ep,
    threads,
    freeDimensions,
    batch,
  };
  const evaluations = await host.exclusively(host.signal, () =>
    evaluateModels(host, host.openSessions(), request, host.progress),
  );
  const identities = models.map(({ name, opened }) => ({ name, sha256: opened.inspection.file.sha256 }));
  const fingerprint = await hashDataset(dataset, host);
  return evaluationDocument(evaluations, identities, { description, fingerprint, chosen, choice });
}

/** Works like the options of `evaluate`: `--limit` alone means the first samples. */
function sampleChoiceOf({ limit, seed, leaveOut }: EvaluateOptions): DataSplit | FirstSamples {
  const evaluation = countOf('limit', limit) ?? null;
  const calibration = integerOf('leaveOut', leaveOut, { minimum: 0, maximum: mostNamedSamples });
  const chosen = seedOf(seed);
  if (chosen === undefined && calibration === undefined) return { first: evaluation };
  return { seed: chosen ?? 0, calibration: calibration ?? 0, evaluation };
}

/** Throws `benchmark/failed` if nothing could be measured. */
export async function benchmarkModel(
  source: ModelSource,
  options: BenchmarkOptions,
  host: LibraryHost,
): Promise<BenchmarkReport> {
  const known = ['variant', 'eps', 'budget', 'batch', 'data', 'seed', 'perNode', 'threads', 'dimensions'];
  refuseUnknownOptions(options, known);
  const budget = wordOf('budget', options.budget ?? 'standard', budgetNames);
  const eps = wordsOf('eps', options.eps ?? ['wasm'], executionProviders);
  if (eps.length === 0) throw new ParetoError('options/invalid', 'eps must name at least one provider.');
  const { data, dimensions: freeDimensions = {}, perNode } = options;
  if (perNode === true && eps.includes('native')) {
    throw new ParetoError('options/invalid', 'perNode does not work with the native provider. Leave out one of them.');
  }
  const seed = seedOf(options.seed) ?? 0;
  const batch = integerOf('batch', options.batch, batchSizes);
  const given = threadsOf(options.threads);
  const original = await readModelSource(source, host);
  refuseUnknownDimensions(freeDimensions, original.opened.model);
  const variant = options.variant && (await readModelSource(options.variant, host, { name: 'variant.onnx' }));
  const detected = await host.detectDevice();
  const device = { ...detected, threads: given ?? detected.threads };
  const models = [
    { id: originalId, model: original },
    ...(variant ? [{ id: variantIdOf(variant), model: variant }] : []),
  ];
  const request = {
    original: original.files(),
    variants: models.slice(1).map(({ id, model }) => ({ id, files: model.files() })),
    cells: eps.flatMap((ep) => models.map(({ id }) => ({ variant: id, ep }))),
    feeds: data && (await readFirstInputs(data, original, freeDimensions, mostComparedInputs, host)),
    freeDimensions,
    seed,
    budget,
    batch,
    perNode,
    threads: device.threads,
  };
  const measured = new MeasuredCells();
  await host.exclusively(host.signal, () =>
    measureCells(host.signal, measureHostOf(device, host), request, (event) => {
      measured.add(event);
      if (event.kind === 'progress') host.progress(event.progress);
    }),
  );
  const { cells, comparison, failures } = measured;
  if (cells.length === 0) throw new ParetoError('benchmark/failed', failures.join(' '));
  const identities = models.map(({ id, model: { name, opened } }) => ({
    variant: id,
    name,
    sha256: opened.inspection.file.sha256,
  }));
  return { device, models: identities, cells, comparison, failures };
}

/** No variant has the id of the original. */
function variantIdOf({ name }: ReadModel): string {
  return name === originalId ? `${name}.onnx` : name;
}

function measureHostOf(
  { timerResolutionUs, crossOriginIsolated, webgpu }: BenchmarkReport['device'],
  host: LibraryHost,
) {
  const softwareAdapter = webgpu?.software === true;
  return { sessions: host.openSessions(), timerResolutionUs, crossOriginIsolated, softwareAdapter };
}
