/**
 * Fits a layer before a Relu. Outputs below zero in the original only have to stay below zero. This leaves the weights
 * more freedom for the others (Zhang et al. 2015, nonlinear reconstruction). The method is majorization: each step is a
 * ridge regression. Its targets below zero are the present outputs of the layer, so the system is factored once.
 */
import { panelSamples, type NormalSums } from '../../../../linear-algebra/normal-sums';
import { addRowProducts, addScaledRows, inStretches, type Checkpoint } from '../../../../linear-algebra/row-products';
import type { LinearFit, RidgeFit } from './least-squares';

/** Further steps fit noise: held-out samples rarely like more. */
const mostSteps = 4;
/** The weight of values below zero. The value of the original there is a better guess than none. */
const shareBelow = 0.1;

/** A layer sees and gives so much at some positions. */
interface Panel {
  readonly count: number;
  /** [inputs, count]. */
  readonly inputs: Float32Array;
  /** The targets, [outputs, count]. */
  readonly targets: Float32Array;
  /** The values from which Relu passes its input, [outputs, count]. */
  readonly thresholds: Float32Array;
}

/** The rows of a problem, of which `NormalSums` are the sums. */
export class RectifiedRows {
  readonly panels: Panel[] = [];
  /** −1 if Relu passes values below the threshold, for each output. */
  readonly signs: Float64Array;
  /** [outputs, samples of a panel]. */
  readonly #thresholds: Float32Array;

  /** @param scales the factor of each output before Relu. */
  constructor(scales: Float64Array) {
    this.signs = scales.map((scale) => (scale < 0 ? -1 : 1));
    this.#thresholds = new Float32Array(scales.length * panelSamples);
  }

  /** Thresholds of an output, for samples of the sums' panels from `first` on. */
  fill(output: number, first: number, thresholds: Float32Array): void {
    this.#thresholds.set(thresholds, output * panelSamples + first);
  }

  /** The first `count` samples of the sums' panels, whose thresholds were filled in. */
  add({ inputs, outputs, inputPanel, outputPanel }: NormalSums, count: number): void {
    this.panels.push({
      count,
      inputs: packed(inputPanel, inputs, count),
      targets: packed(outputPanel, outputs, count),
      thresholds: packed(this.#thresholds, outputs, count),
    });
  }
}

function packed(panel: Float64Array | Float32Array, rows: number, count: number): Float32Array {
  const result = new Float32Array(rows * count);
  for (let row = 0; row < rows; row += 1) {
    result.set(panel.subarray(row * panelSamples, row * panelSamples + count), row * count);
  }
  return result;
}

/** Like `squaredError`, for the values that Relu lets through and for a small part of the others. */
export async function rectifiedError(
  { panels, signs }: RectifiedRows,
  fit: LinearFit,
  checkpoint: Checkpoint,
): Promise<number> {
  let [error, samples] = [0, 0];
  for (const panel of panels) {
    const { count, targets, thresholds } = panel;
    const given = await outputsOf(panel, fit, checkpoint);
    for (let output = 0; output < signs.length; output += 1) {
      const sign = signs[output]!;
      for (let at = output * count; at < (output + 1) * count; at += 1) {
        const is = sign * (given[at]! - thresholds[at]!);
        const wanted = sign * (targets[at]! - thresholds[at]!);
        const through = (is > 0 ? is : 0) - (wanted > 0 ? wanted : 0);
        error += (1 - shareBelow) * through * through + shareBelow * (is - wanted) * (is - wanted);
      }
    }
    samples += count;
  }
  return error / Math.max(1, samples);
}

export interface RectifiedRequest {
  /** The normal sums of the rows. */
  readonly sums: NormalSums;
  readonly rows: RectifiedRows;
  readonly heldOut: RectifiedRows;
  /** The weights that it is drawn towards. */
  readonly start: Float64Array;
  /** The least-squares fit, as the start. */
  readonly first: RidgeFit;
}

/** The step with the least error on held-out rows: the first of them is the least-squares fit itself. */
export async function fitRectified(
  request: RectifiedRequest,
  checkpoint: Checkpoint,
): Promise<{ readonly fit: LinearFit; readonly error: number }> {
  const { sums, rows, heldOut, start, first } = request;
  let best: { readonly fit: LinearFit; readonly error: number } = {
    fit: first,
    error: await rectifiedError(heldOut, first, checkpoint),
  };
  let current: LinearFit = first;
  for (let step = 0; step < mostSteps; step += 1) {
    const fit = await first.system.solve(await rightSide(sums, rows, current, checkpoint), start, checkpoint);
    if (fit === null) break;
    current = fit;
    const error = await rectifiedError(heldOut, fit, checkpoint);
    if (error < best.error) best = { fit, error };
    // The first step may lead away: it looks at all that the original lets through and the layer does not.
    else if (step > 0) break;
  }
  return best;
}

/** Σ t·xᵀ and Σ t of the targets that stand in for the original’s. */
async function rightSide(
  { inputs, outputs }: NormalSums,
  { panels, signs }: RectifiedRows,
  fit: LinearFit,
  checkpoint: Checkpoint,
): Promise<Pick<NormalSums, 'cross' | 'outputSums'>> {
  const cross = new Float64Array(outputs * inputs);
  const outputSums = new Float64Array(outputs);
  for (const panel of panels) {
    const { count, targets, thresholds } = panel;
    const values = await outputsOf(panel, fit, checkpoint);
    for (let output = 0; output < outputs; output += 1) {
      const sign = signs[output]!;
      let sum = 0;
      for (let at = output * count; at < (output + 1) * count; at += 1) {
        const threshold = thresholds[at]!;
        const target = targets[at]!;
        if (sign * (target - threshold) <= 0) {
          const reached = sign * (values[at]! - threshold) <= 0 ? values[at]! : threshold;
          values[at] = (1 - shareBelow) * reached + shareBelow * target;
        } else values[at] = target;
        sum += values[at]!;
      }
      outputSums[output]! += sum;
    }
    const x = { data: new Float64Array(panel.inputs), offset: 0, stride: count, count: inputs };
    await inStretches(outputs, inputs * count, checkpoint, (start, end) => {
      const target = { data: cross, offset: start * inputs, stride: inputs, count: end - start };
      addRowProducts(target, { data: values, offset: start * count, stride: count, count: end - start }, x, count, 1);
    });
  }
  return { cross, outputSums };
}

/** [outputs, count]. */
async function outputsOf(
  { count, inputs }: Panel,
  { weights, bias }: LinearFit,
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const outputs = bias.length;
  const width = weights.length / outputs;
  const values = new Float64Array(outputs * count);
  bias.forEach((own, output) => values.fill(own, output * count, (output + 1) * count));
  const x = { data: new Float64Array(inputs), offset: 0, stride: count, count: width };
  await inStretches(outputs, width * count, checkpoint, (start, end) => {
    const target = { data: values, offset: start * count, stride: count, count: end - start };
    addScaledRows(target, { data: weights, offset: start * width, stride: width, count: end - start }, x, count, 1);
  });
  return values;
}
