/** `benchmark` of a model that generates text: time to the first token, and tokens per second with a filled cache. */
import { decoderOutputs } from '../../src/engine/data/decoder/decoder-wiring';
import { formatCount, formatDuration, formatFigures, formatRatioInterval } from '../../src/engine/format';
import { originalId } from '../../src/engine/metrics/cell';
import type { GenerationPoint, GenerationSpeed } from '../../src/engine/metrics/writing/generation';
import { budgets } from '../../src/runtime/benchmark/budget';
import { measureGeneration } from '../../src/runtime/generation/measure-generation';
import { defaultNodeThreads } from '../../src/runtime/node/node-device';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import type { BenchmarkOptions } from '../options/benchmark-options';
import type { Shell } from '../command';
import { type FoundModel } from '../files/model-on-disk';
import { formatTable } from '../words/table';

/** A row for each model and cache length. */
export interface MeasuredGeneration extends GenerationPoint, Omit<GenerationSpeed, 'generation'> {}

/** Measures on WASM in this process. `undefined` for other models, and if WASM is not measured here. Rejects as sessions do. */
export async function measureWriting(
  { signal, terminal }: Shell,
  { browser, request: { eps, seed = 0, budget, threads = defaultNodeThreads() } }: BenchmarkOptions,
  original: FoundModel,
  variant: FoundModel | undefined,
): Promise<readonly MeasuredGeneration[] | undefined> {
  const outputs = decoderOutputs(original);
  if (typeof outputs === 'string' || browser || !eps.includes('wasm')) return undefined;
  const models = [{ id: originalId, files: await readModelFiles(original) }];
  if (variant !== undefined) models.push({ id: variant.name, files: await readModelFiles(variant) });
  const budgetMs = budgets[budget].cellMs;
  const request = { models, outputs, ep: 'wasm', threads, seed, budgetMs } as const;
  const found = await measureGeneration(signal, createNodeHost(), request, ({ stage }) => terminal.progress(stage));
  terminal.progress('');
  return found.flatMap(({ generation, ...model }) => generation.map((point) => ({ ...model, ...point })));
}

/** A section of the text; empty without measurements. */
export function describeGeneration(points: readonly MeasuredGeneration[] = []): string {
  if (points.length === 0) return '';
  const rows = points.map((point) => [
    point.variant,
    formatCount(point.cacheLength),
    formatDuration(point.firstTokenMs),
    formatFigures(point.prefillTokensPerSecond),
    formatFigures(point.decodeTokensPerSecond),
    point.interval.map(formatFigures).join(' to '),
    point.ratio === undefined ? '' : formatRatioInterval(point.ratio.value, point.ratio.interval),
  ]);
  const head = ['', 'cache', 'first token', 'prompt tokens/s', 'generated tokens/s', '95 %', 'against original'];
  return formatTable([head, ...rows], ['left', 'right', 'right', 'right', 'right', 'right', 'right']);
}
