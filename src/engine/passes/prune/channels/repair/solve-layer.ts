/** Fits a layer with the sums over its samples. */
import type { Tensor, ValueName } from '../../../../onnx/graph';
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import { readFloat32 } from '../../../../onnx/tensor';
import type { LayerProblem } from './layer-problem';
import { floatTensorLike, tensorOfMatrix, type LayerMatrix } from './layer-matrix';
import { fitLinear, ridges, squaredError, type LinearFit, type RidgeFit } from './least-squares';
import { fitRectified, rectifiedError } from './rectified-fit';
import type { RepairableLayer } from './repairable-layers';

/**
 * The distance of a layer's output from the original's on held-out samples, as a share of its own variance. If a Relu
 * follows the layer, the distance is measured behind the Relu.
 */
export interface LayerRepair {
  readonly path: string;
  readonly op: string;
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** False if the fit did not help on held-out samples, and the layer stayed unchanged. */
  readonly isKept: boolean;
}

/** Fits, and keeps the fit among the tensors if it helps. */
export async function solveLayer(
  problem: LayerProblem,
  tensors: Map<ValueName, Tensor>,
  checkpoint: () => Promise<void>,
): Promise<LayerRepair> {
  const { layer, weight, bias, matrix, fit, heldOut } = problem;
  const start = startOf(layer, matrix, bias);
  const found: LinearFit = { weights: start.weights.slice(), bias: start.bias.slice() };
  const width = fit.sums[0]!.inputs;
  let [before, after, variance] = [0, 0, 0];
  let isKept = false;
  for (const [system, sums] of fit.sums.entries()) {
    const outputs = sums.outputs;
    const part = partOf(start, system * outputs, outputs, width);
    const own = heldOut.rectified
      ? await rectifiedError(heldOut.rectified, part, checkpoint)
      : squaredError(heldOut.sums[system]!, part);
    const fitted = await fitOf(problem, system, part, { hasBias: bias !== undefined, checkpoint });
    const helps = fitted !== null && fitted.error < own;
    before += own;
    after += helps ? fitted.error : own;
    variance += varianceOf(heldOut.sums[system]!);
    if (helps) {
      found.weights.set(fitted.fit.weights, system * outputs * width);
      found.bias.set(fitted.fit.bias, system * outputs);
      isKept = true;
    }
    await checkpoint();
  }
  if (isKept) {
    tensors.set(layer.weight, tensorOfMatrix(layer, weight, { ...matrix, values: found.weights }));
    if (bias !== undefined && layer.bias !== undefined) {
      tensors.set(layer.bias, floatTensorLike(bias, bias.dims, withOwnBias(layer, bias, found.bias)));
    }
  }
  const share = (error: number): number => error / Math.max(variance, Number.MIN_VALUE);
  return {
    path: layer.path,
    op: layer.node.opType ?? '',
    errorBefore: share(before),
    errorAfter: share(after),
    isKept,
  };
}

interface EvaluatedFit<Fit = LinearFit> {
  readonly fit: Fit;
  /** The error on held-out samples. */
  readonly error: number;
}

/** The fit with the least error on held-out samples. */
async function fitOf(
  { fit, heldOut }: LayerProblem,
  system: number,
  start: LinearFit,
  { hasBias, checkpoint }: { readonly hasBias: boolean; readonly checkpoint: () => Promise<void> },
): Promise<EvaluatedFit | null> {
  const [sums, others] = [fit.sums[system]!, heldOut.sums[system]!];
  let best: EvaluatedFit<RidgeFit> | null = null;
  for (const ridge of ridges) {
    const found = await fitLinear(sums, start.weights, { hasBias, ridge }, checkpoint);
    const next = found && { fit: found, error: squaredError(others, found) };
    if (next && best && next.error > best.error) break;
    if (next && !(best && best.error <= next.error)) best = next;
  }
  const [rows, otherRows] = [fit.rectified, heldOut.rectified];
  if (!best || !rows || !otherRows) return best;
  return fitRectified({ sums, rows, heldOut: otherRows, start: start.weights, first: best.fit }, checkpoint);
}

/** The bias of a MatMul is that of an Add behind it: its own output has none. */
function startOf({ node }: RepairableLayer, { values, outputs }: LayerMatrix, bias: Tensor | undefined): LinearFit {
  const isWithin = node.opType !== 'MatMul' && bias !== undefined;
  return { weights: values, bias: isWithin ? Float64Array.from(readFloat32(bias)) : new Float64Array(outputs) };
}

function withOwnBias({ node }: RepairableLayer, bias: Tensor, fitted: Float64Array): Float64Array {
  if (node.opType !== 'MatMul') return fitted;
  return Float64Array.from(readFloat32(bias), (value, output) => value + fitted[output]!);
}

function partOf({ weights, bias }: LinearFit, first: number, outputs: number, width: number): LinearFit {
  return {
    weights: weights.subarray(first * width, (first + outputs) * width),
    bias: bias.subarray(first, first + outputs),
  };
}

function varianceOf({ outputs, samples, outputSums, outputSquares }: NormalSums): number {
  let sum = 0;
  for (let output = 0; output < outputs; output += 1) {
    sum += outputSquares[output]! / samples - (outputSums[output]! / samples) ** 2;
  }
  return sum;
}
