/** Measures the speed and the outputs of a model, and of a variant against it. */
import * as v from 'valibot';
import { mostComparedInputs, originalId, type CellResult, type Comparison, type Device } from '../engine/metrics/cell';
import { sizesOfFeeds, withoutBatchSizes, withSuggestedDimensions } from '../engine/data/free-dimensions';
import { budgets } from '../runtime/benchmark/budget';
import { measureCells } from '../runtime/benchmark/measure';
import type { MeasureEvent, MeasureRequest } from '../runtime/benchmark/measure-request';
import { MeasuredCells } from '../runtime/benchmark/measured-cells';
import type { ModelIdentity } from '../runtime/evaluation/evaluation-document';
import { readFirstInputs } from './data';
import { namedLike, variantIdOf } from './evaluate';
import type { RunningHost, WorkModel } from './host';
import * as schema from './request';
import { parseRequest, refuseUnknownDimensions, RequestError } from './request';

export const benchmarkRequest = v.strictObject({
  model: v.string(),
  /** Runs in turns with the model. */
  variant: v.optional(v.string()),
  /** Absent: `wasm`. */
  eps: v.optional(schema.listOf(schema.provider)),
  /** Time for each model and provider. Absent: `standard`. */
  budget: v.optional(schema.word(Object.keys(budgets) as (keyof typeof budgets)[])),
  /** Sets every free batch dimension. */
  batch: schema.batch,
  /** Absent: random inputs. */
  data: v.optional(schema.dataRequest),
  /** Seed of the random inputs. Absent: 0. */
  seed: v.optional(schema.seed),
  /** Also measures each node. */
  perNode: schema.flag,
  threads: schema.threads,
  dimensions: schema.dimensions,
});

export type BenchmarkRequest = v.InferOutput<typeof benchmarkRequest>;

export interface BenchmarkReport {
  readonly device: Device;
  /** `variant` as in the cells: `original`, or the name of the variant. `sha256` of the model file. */
  readonly models: readonly (ModelIdentity & { readonly variant: string })[];
  readonly cells: readonly CellResult[];
  readonly comparison: readonly Comparison[];
  /** Sentences on cells that could not be measured. Empty: none. */
  readonly failures: readonly string[];
}

export type MeasuringRequest = Omit<MeasureRequest, 'original' | 'variants' | 'threads'> &
  Partial<Pick<MeasureRequest, 'threads'>>;

export interface MeasuredModels<Model extends WorkModel> {
  readonly original: Model;
  readonly variant: (Model & { readonly id: string }) | undefined;
}

export interface BenchmarkHost<Model extends WorkModel = WorkModel> extends RunningHost<Model> {
  /** Measures elsewhere, such as in a browser, and returns that device. */
  measure?(
    models: MeasuredModels<Model>,
    request: MeasuringRequest,
    onEvent: (event: MeasureEvent) => void,
  ): Promise<Device>;
}

/** Rejects as opening models and data does. */
export async function benchmark<Model extends WorkModel>(
  value: BenchmarkRequest,
  host: BenchmarkHost<Model>,
): Promise<BenchmarkReport> {
  const request = parseRequest(benchmarkRequest, value, host.option);
  const { eps = ['wasm'], data, dimensions: freeDimensions = {}, perNode = false } = request;
  const { option } = host;
  if (eps.length === 0) throw new RequestError(`${option('eps')} must name at least one provider.`);
  const withoutNodes = eps.find((ep) => ep === 'native' || ep === 'compiled');
  if (perNode && withoutNodes !== undefined) {
    throw new RequestError(`${option('perNode')} does not work with ${withoutNodes}. Leave out one of them.`);
  }
  const original = await host.openModel(request.model);
  const { inputs, outputs } = original.opened.inspection;
  refuseUnknownDimensions(freeDimensions, { inputs }, option);
  const opened = request.variant === undefined ? undefined : await host.openModel(request.variant);
  const variant = opened && { ...namedLike(original, opened, host), id: variantIdOf(opened) };
  const ids = [originalId, ...(variant ? [variant.id] : [])];
  const sides = { name: original.name, inputs, outputs };
  const feeds = data ? await readFirstInputs(data, sides, { freeDimensions, count: mostComparedInputs }, host) : null;
  // A session does not know the size of pictures that the metadata states, and samples decide over both.
  const sizes = sizesOfFeeds(inputs, feeds?.[0], withSuggestedDimensions(inputs, freeDimensions));
  const measuring: MeasuringRequest = {
    cells: eps.flatMap((ep) => ids.map((id) => ({ variant: id, ep }))),
    feeds,
    freeDimensions: request.batch === undefined ? sizes : { ...withoutBatchSizes(inputs, sizes), ...freeDimensions },
    seed: request.seed ?? 0,
    budget: request.budget ?? 'standard',
    batch: request.batch,
    perNode,
    threads: request.threads,
  };
  const measured = new MeasuredCells();
  const collect = (event: MeasureEvent): void => {
    measured.add(event);
    if (event.kind !== 'progress') return;
    const { variant: id, ep, progress } = event;
    const { cells } = measuring;
    const index = cells.findIndex((cell) => cell.variant === id && cell.ep === ep);
    const done = (100 * (index + progress.done / progress.total)) / cells.length;
    host.progress({ stage: `${id} on ${ep}: ${progress.stage}`, done, total: 100 });
  };
  const measure = host.measure ?? measureHere(host);
  const device = await measure({ original, variant }, measuring, collect);
  const { cells, comparison, failures } = measured;
  const models = [original, ...(variant ? [variant] : [])].map((each, index) => ({
    variant: ids[index]!,
    name: each.name,
    sha256: each.opened.inspection.file.sha256,
  }));
  return { device, models, cells, comparison, failures };
}

const measureHere =
  (host: RunningHost): NonNullable<BenchmarkHost['measure']> =>
  async ({ original, variant }, request, onEvent) => {
    const detected = await host.detectDevice();
    const device = { ...detected, threads: request.threads ?? detected.threads };
    const { timerResolutionUs, crossOriginIsolated, webgpu } = device;
    const measuring = {
      sessions: host.openSessions(),
      timerResolutionUs,
      crossOriginIsolated,
      softwareAdapter: webgpu?.software === true,
    };
    const files = {
      original: await original.files(),
      variants: variant ? [{ id: variant.id, files: await variant.files() }] : [],
    };
    await host.exclusively(host.signal, () =>
      measureCells(host.signal, measuring, { ...request, ...files, threads: device.threads }, onEvent),
    );
    return device;
  };
