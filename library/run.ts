/** Use cases that run models, on any platform. Options are requests, with models and data in memory. */
import { ParetoError } from '../src/engine/errors';
import type { EvaluationResult } from '../src/runtime/evaluation/evaluation-document';
import { benchmark } from '../src/work/benchmark';
import { compile, type CompileModelRequest } from '../src/work/compile';
import { evaluate } from '../src/work/evaluate';
import { optimize } from '../src/work/optimize';
import { search, type SearchModelRequest } from '../src/work/search';
import { createHost, refuseUnknownOptions, type InMemory, type LibraryPlatform } from './host';
import { MemoryVariant, writtenModelOf } from './memory-files';
import type {
  BenchmarkOptions,
  BenchmarkReport,
  CompileOptions,
  CompileResult,
  EvaluateOptions,
  ModelData,
  ModelSource,
  OptimizeOptions,
  OptimizeResult,
  SearchOptions,
  SearchOutcome,
} from './types';

const model = 'model';
const fileName = 'model.onnx';

export async function optimizeModel(
  source: ModelSource,
  options: OptimizeOptions,
  platform: LibraryPlatform,
): Promise<OptimizeResult> {
  refuseUnknownOptions(options, [
    ...['recipe', 'goal', 'data', 'samples', 'seed', 'dimensions', 'withoutData', 'sqnrDb'],
  ]);
  const { data, ...given } = options;
  const warnings: string[] = [];
  const host = createHost(platform, memoryOf(source, data), warnings);
  const request = { ...given, model, data: requestOf(data) } as Parameters<typeof optimize>[0];
  const { report, files } = await optimize(request, {
    ...host,
    running: host,
    openVariant: () => new MemoryVariant(),
  });
  return { ...files.toModel(), report: { ...report, ...(warnings.length > 0 && { warnings }) } };
}

export async function searchModel(
  source: ModelSource,
  options: SearchOptions,
  platform: LibraryPlatform,
): Promise<SearchOutcome> {
  const known = ['goal', 'limits', 'data', 'calibrationData', 'samples', 'budgetMs', 'techniques', 'ep', 'seed'];
  refuseUnknownOptions(options, [...known, 'threads', 'dimensions']);
  const { data, calibrationData, ...given } = options;
  const host = createHost(platform, memoryOf(source, data, { calibration: calibrationData?.files }));
  const request = {
    ...given,
    model,
    data: requestOf(data),
    ...(calibrationData && { calibrationData: ['calibration'] }),
  } as SearchModelRequest;
  const { result: report, best } = await search(request, host, { event: () => undefined });
  const candidate = report.candidates.find(({ id }) => id === report.best);
  if (best === null || candidate === undefined) return { best: null, report };
  return { best: { ...(await writtenModelOf(best.files)), recipe: candidate.recipe }, report };
}

export async function evaluateModel(
  source: ModelSource,
  options: EvaluateOptions,
  platform: LibraryPlatform,
): Promise<EvaluationResult> {
  const known = ['data', 'against', 'limit', 'limits', 'seed', 'leaveOut', 'ep', 'batch', 'threads', 'dimensions'];
  refuseUnknownOptions(options, known);
  const { data, against, ...given } = options;
  const memory = memoryOf(source, data);
  const models = { ...memory.models, against: { source: against, fileName: 'original.onnx' } };
  const host = createHost(platform, { ...memory, models });
  return evaluate({ ...given, model, data: requestOf(data), ...(against && { against: 'against' }) }, host);
}

/** Throws `benchmark/failed` if nothing could be measured. */
export async function benchmarkModel(
  source: ModelSource,
  options: BenchmarkOptions,
  platform: LibraryPlatform,
): Promise<BenchmarkReport> {
  const known = ['variant', 'eps', 'budget', 'batch', 'data', 'seed', 'perNode', 'threads', 'dimensions'];
  refuseUnknownOptions(options, known);
  const { data, variant, ...given } = options;
  const memory = memoryOf(source, data);
  const models = { ...memory.models, variant: { source: variant, fileName: 'variant.onnx' } };
  const host = createHost(platform, { ...memory, models });
  const names = { model, data: requestOf(data), ...(variant && { variant: 'variant' }) };
  const report = await benchmark({ ...given, ...names }, host);
  if (report.cells.length === 0) throw new ParetoError('benchmark/failed', report.failures.join(' '));
  return report;
}

/** Throws `compile/refused` for a model that cannot be compiled, with what is missing. */
export async function compileModule(
  source: ModelSource,
  options: CompileOptions,
  platform: LibraryPlatform,
): Promise<CompileResult> {
  refuseUnknownOptions(options, ['target', 'inline', 'data', 'dimensions', 'values']);
  const { data, ...given } = options;
  const request: CompileModelRequest = { ...given, model, data: requestOf(data) };
  const { report, files } = await compile(request, createHost(platform, memoryOf(source, data)));
  const contents = files.map(async ([name, blob]) => [name, new Uint8Array(await blob.arrayBuffer())] as const);
  return { files: Object.fromEntries(await Promise.all(contents)), report };
}

function memoryOf(source: ModelSource, data: ModelData | undefined, others: InMemory['data'] = {}): Required<InMemory> {
  return { models: { [model]: { source, fileName } }, data: { data: data?.files, ...others } };
}

const requestOf = (data: ModelData | undefined) => data && { sources: ['data'], mapping: data.mapping };
