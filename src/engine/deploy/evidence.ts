/**
 * The documents of a bundle that describe the model and its measurements. Keys of the guide stand first; MB there are
 * 2²⁰ bytes.
 */
import { pruneWeightsOptionSpecs } from '../passes/prune/weights/prune-weights-options';
import { patternOf } from '../passes/prune/weights/sparsity-pattern';
import { pageDownloads } from '../profiling/page-download';
import type { RecipeStep } from '../recipe/recipe';
import type { ReportCell } from '../report/report-schema';
import { measurementsOf, type Measurements } from './measurements';
import { modelPath, type DeployFacts } from './deploy-facts';

const bytesPerMb = 2 ** 20;

export function metadata(facts: DeployFacts): object {
  const { inspection, recipe, report, originalSha256 } = facts;
  const steps = enabledSteps(facts);
  const { file, opsets, inputs, outputs } = inspection;
  return {
    model_path: modelPath(facts),
    optimizations: {
      // Only a quantized model has rules to follow.
      quantization: inspection.tensorrtRules !== undefined || steps.some(({ pass }) => pass.startsWith('quantize')),
      pruning: prunedShare(facts),
    },
    timestamp: facts.createdAt,
    schema: 'pareto/metadata/1',
    batching: facts.batching,
    model: { sha256: file.sha256, sizeBytes: file.sizeBytes, opsets, inputs, outputs },
    original: originalSha256 === null ? null : { sha256: originalSha256 },
    recipe,
    pareto: facts.pareto,
    onnxruntimeWeb: facts.onnxruntimeWeb,
    downloads: pageDownloads(facts.modelBytes),
    data: report?.evaluationData ?? dataOf(facts),
  };
}

function enabledSteps({ recipe }: Pick<DeployFacts, 'recipe'>): readonly RecipeStep[] {
  return recipe?.steps.filter(({ enabled }) => enabled) ?? [];
}

/**
 * Share of the original's parameters that pruning removed or set to zero. Removed ones are counted in the file, and
 * zeros are the amount that the recipe requests. `null` without the recipe of a variant, because only the recipe
 * distinguishes pruning from other changes.
 */
function prunedShare(facts: DeployFacts): number | null {
  const { inspection, original, recipe, originalSha256 } = facts;
  if (originalSha256 === null) return 0;
  if (recipe === null) return null;
  const steps = enabledSteps(facts);
  const isNarrower = steps.some(({ pass }) => pass === 'prune-channels');
  const kept =
    isNarrower && original !== null ? Math.min(1, inspection.parameters / Math.max(1, original.parameters)) : 1;
  const nonZero = steps.reduce((least, step) => Math.min(least, 1 - zeroShare(step)), 1);
  return Number((1 - kept * nonZero).toFixed(4));
}

function zeroShare({ pass, options }: RecipeStep): number {
  if (pass !== 'prune-weights') return 0;
  const { amount, pattern } = options;
  const group = typeof pattern === 'string' ? patternOf(pattern) : undefined;
  if (group !== undefined) return group.zeros / group.of;
  return typeof amount === 'number' ? amount : pruneWeightsOptionSpecs.amount.default;
}

function dataOf(facts: DeployFacts): object | null {
  const { dataName } = measurementsOf(facts);
  return dataName === null ? null : { name: dataName };
}

/**
 * Compares the measurements of both models; `null` if there are none. A missing figure is null, because nothing is
 * estimated.
 */
export function benchmarkComparison(facts: DeployFacts): object | null {
  const { report, inspection } = facts;
  const { device, cells, comparisons, evaluations, alone, servers } = measurementsOf(facts);
  if (report === null && [cells, evaluations, alone, servers].every((measured) => measured.length === 0)) return null;
  const of = (whose: 'original' | 'deployed') => evaluations.find((one) => one.of === whose) ?? null;
  const aloneOf = (whose: 'original' | 'deployed') => alone.filter((one) => one.of === whose);
  const pair = comparedCells(cells);
  const { file, parameters, flops } = inspection;
  const given = report === null ? facts.original : { ...report.model, flops: facts.original?.flops ?? null };
  const deployed = { sizeBytes: file.sizeBytes, parameters, flops };
  return {
    baseline: side(pair.baseline, given ?? deployed, aloneOf('original')),
    optimized: side(pair.optimized, deployed, aloneOf('deployed')),
    schema: 'pareto/benchmark-comparison/1',
    units:
      'ms, bytes, fractions; keys of the guide in MB are 2^20 bytes; flops are twice the MACs and elementwise work',
    cells: cells.map(({ cell }) => cell),
    comparison: comparisons,
    device,
    accuracy: { baseline: of('original'), optimized: of('deployed') },
    servers,
  };
}

/**
 * Returns the first pair that was measured alike. If there is none, it returns a cell of the variant, or else of the
 * original, alone: times on two providers would compare providers.
 */
function comparedCells(cells: Measurements['cells']): {
  readonly baseline?: ReportCell;
  readonly optimized?: ReportCell;
} {
  const cellsOf = (whose: 'original' | 'deployed') => cells.flatMap(({ of, cell }) => (of === whose ? [cell] : []));
  const [baselines, optimized] = [cellsOf('original'), cellsOf('deployed')];
  for (const cell of optimized) {
    const baseline = baselines.find(
      ({ ep, threads, batch }) => ep === cell.ep && threads === cell.threads && batch === cell.batch,
    );
    if (baseline !== undefined) return { baseline, optimized: cell };
  }
  return optimized.length > 0 ? { optimized: optimized[0] } : { baseline: baselines[0] };
}

interface Counted {
  readonly sizeBytes: number;
  readonly parameters: number;
  readonly flops: number | null;
}

/** The best throughput of a sweep if one was measured, else that of the timed batch. */
function side(
  cell: ReportCell | undefined,
  { sizeBytes, parameters, flops }: Counted,
  alone: Measurements['alone'],
): object {
  const steady = cell?.steady;
  const swept = alone.flatMap(({ sweep }) => sweep.map(({ samplesPerSecond }) => samplesPerSecond));
  const timed = steady === undefined || cell === undefined ? [] : [(cell.batch / steady.meanMs) * 1000];
  const throughput = swept.length > 0 ? swept : timed;
  const heaps = alone.flatMap(({ heapBytes }) => heapBytes ?? []);
  return {
    execution_provider: cell?.ep ?? null,
    latency: {
      mean_ms: steady?.meanMs ?? null,
      std_ms: steady?.stdMs ?? null,
      p50_ms: steady?.medianMs ?? null,
      p95_ms: steady?.p95Ms ?? null,
      p99_ms: steady?.p99Ms ?? null,
    },
    throughput: {
      throughput_samples_per_sec: throughput.length === 0 ? null : Math.max(...throughput),
      batches_processed: steady?.runs ?? null,
    },
    memory: {
      model_size_mb: sizeBytes / bytesPerMb,
      // The heap of the runtime, which never shrinks.
      peak_memory_mb: heaps.length === 0 ? null : Math.max(...heaps) / bytesPerMb,
    },
    parameters: {
      total_parameters: parameters,
      // An ONNX file does not say which were trained.
      trainable_parameters: null,
      total_parameters_millions: parameters / 1e6,
    },
    flops: { flops, flops_billions: flops === null ? null : flops / 1e9 },
  };
}
