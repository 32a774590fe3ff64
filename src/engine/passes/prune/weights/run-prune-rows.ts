/**
 * Pruning within the rows of weights, one row for each output: SparseGPT, and N:M patterns among neighboring inputs. It
 * handles Conv, ConvTranspose, Gemm and MatMul with float weights in the main graph.
 */
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { replaceConstants } from '../../../onnx/replace-constants';
import { refuseWhole, type Change, type PassContext, type Refusal } from '../../pass';
import { tensorOfMatrix, type LayerMatrix } from '../channels/repair/layer-matrix';
import { stagedProgress, type StagedProgress } from '../channels/trial/staged-progress';
import { layersToPrune, type PrunedLayer } from './layers-to-prune';
import type { PruneWeightsOptions } from './prune-weights-options';
import { refuseRun } from '../channels/trial/trial-refusals';
import { readTrialSamples } from '../channels/trial/trial-samples';
import { runSparseGpt } from './run-sparse-gpt';
import { lowest, lowestOfRuns, rowMagnitudes } from './row-mask';
import type { PrunedWeights, WeightZeros } from './sparsity-detail';
import type { SparsityPattern } from './sparsity-pattern';

export type PruneRowsOptions = Omit<PruneWeightsOptions, 'pattern'> & { readonly pattern: SparsityPattern | undefined };

export async function runPruneRows(
  model: Model,
  options: PruneRowsOptions,
  context: PassContext,
): Promise<PrunedWeights> {
  const progress = stagedProgress(context, { 'Measuring inputs': 3, 'Ranking weights': 1 });
  const { layers, refusals } = layersToPrune(model, options);
  const swept = await sweepLayers(model, layers, options, context, progress);
  const tensors = new Map<ValueName, Tensor>();
  const changes: Change[] = [];
  const zeros: WeightZeros[] = [];
  for (const [at, { weight, layer, tensor, matrix }] of layers.entries()) {
    const before = swept.zerosBefore[at]!;
    if (!swept.layers.has(layers[at]!)) {
      await pruneMatrix(matrix, options, () => context.checkpoint());
    }
    const after = countZeros(matrix.values);
    zeros.push({ path: weight.weight.path, elements: matrix.values.length, zeros: after });
    if (after > before || swept.layers.has(layers[at]!)) {
      tensors.set(layer.weight, tensorOfMatrix(layer, tensor, matrix));
      const what = `set ${((after / matrix.values.length) * 100).toFixed(1)} % of ${layer.weight} to zero`;
      changes.push({ path: layer.path, op: layer.node.opType ?? '', what });
    }
    progress.report('Ranking weights', at + 1, layers.length);
  }
  progress.finish();
  const pruned = tensors.size === 0 ? model : replaceConstants(model, tensors);
  return { model: pruned, changes, refusals: [...refusals, ...swept.refusals], zeros };
}

interface Swept {
  /** Layers whose matrices hold their new numbers already. */
  readonly layers: ReadonlySet<PrunedLayer>;
  readonly zerosBefore: readonly number[];
  readonly refusals: readonly Refusal[];
}

async function sweepLayers(
  model: Model,
  layers: readonly PrunedLayer[],
  { method, amount, pattern }: PruneRowsOptions,
  { signal, inference, data, checkpoint }: PassContext,
  progress: StagedProgress,
): Promise<Swept> {
  const zerosBefore = layers.map(({ matrix }) => countZeros(matrix.values));
  const originals = method === 'sparsegpt' ? layers.map(({ matrix }) => matrix.values.slice()) : [];
  const nothing = (refusals: readonly Refusal[]): Swept => ({ layers: new Set(), zerosBefore, refusals });
  if (method !== 'sparsegpt' || layers.length === 0) return nothing([]);
  const samples = data && (await readTrialSamples(data, samplesOfSweep));
  if (inference === undefined || samples === undefined) {
    const reason =
      'SparseGPT needs samples, about 100 without labels, and there are too few: weights are ranked by magnitude alone.';
    return nothing([refuseWhole('no-data', reason)]);
  }
  try {
    const found = await runSparseGpt({
      ...{ signal, inference, model, layers, amount, pattern },
      samples: [...samples.fit, ...samples.validation],
      checkpoint,
      progress: (done, total) => progress.report('Measuring inputs', done, total),
    });
    return { layers: found, zerosBefore, refusals: [] };
  } catch (error) {
    if (signal.aborted) throw error;
    layers.forEach(({ matrix }, at) => matrix.values.set(originals[at]!));
    return nothing([refuseRun(error, 'weights are ranked by magnitude alone')]);
  }
}

/** Second moments hardly change with more. */
const samplesOfSweep = 128;

/** Rows between two checkpoints hold about so many weights. */
const stretch = 1 << 16;

async function pruneMatrix(
  matrix: LayerMatrix,
  { amount, pattern: runs }: PruneRowsOptions,
  checkpoint: () => Promise<void>,
): Promise<void> {
  const width = matrix.inputs * matrix.taps;
  for (let output = 0, read = 0; output < matrix.outputs; output += 1) {
    const scores = rowMagnitudes(matrix, output);
    const removed = runs ? lowestOfRuns(scores, matrix.taps, runs) : lowest(scores, Math.floor(amount * width));
    for (const at of removed) matrix.values[output * width + at] = 0;
    read += width;
    if (read >= stretch) {
      read = 0;
      await checkpoint();
    }
  }
}

function countZeros(values: Float64Array): number {
  let zeros = 0;
  for (const value of values) if (value === 0) zeros += 1;
  return zeros;
}
