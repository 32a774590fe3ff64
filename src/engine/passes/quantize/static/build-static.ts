/** A model with integers, from the ranges of its activations: parameters, rounded weights, corrected biases. */
import type { ValueRange } from '../../../calibration/value-statistics';
import type { Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import type { CalibrationContext } from './activation-ranges';
import { correctBiases } from './correct-biases';
import { learnWeights } from './learn-weights';
import { activationParameters } from './qdq-parameters';
import { planParameters, type QdqPlan } from './qdq-plan';
import { markValues } from './static-marks';
import type { StaticOptions } from './static-options';
import { activationOf, lowestInteger, type OtherBits, type StaticScheme } from './static-scheme';
import type { ValueGraph } from './value-graph';
import { writeQdq } from './write-qdq';

/** All but the ranges. */
export interface StaticParts extends OtherBits {
  readonly model: Model;
  readonly graph: ValueGraph;
  readonly scheme: StaticScheme;
  readonly nodes: readonly Node[];
  readonly options: StaticOptions;
  /** The means of the output channels of each layer in the float model. */
  readonly means: ReadonlyMap<ValueName, Float64Array>;
}

export interface BuiltStatic {
  readonly plan: QdqPlan;
  /** The model with QuantizeLinear and DequantizeLinear, whatever the format. */
  readonly model: Model;
  /** Corrected biases, by the names of the float ones. */
  readonly biases: ReadonlyMap<ValueName, Tensor>;
}

export type Ranges = ReadonlyMap<ValueName, ValueRange>;

/** The parameters of all values, with weights that are rounded to nearest. Values without a range stay float32. */
export function planStatic(parts: Omit<StaticParts, 'means' | 'options'>, ranges: Ranges): QdqPlan {
  const { graph, scheme, nodes, wide } = parts;
  const marks = markValues(nodes, {
    graph,
    scheme,
    startsAtZero(value) {
      const range = ranges.get(value);
      const activation = activationOf(value, scheme.activation, wide);
      return range !== undefined && activationParameters(range, activation).zeroPoints[0] === lowestInteger(activation);
    },
  });
  return planParameters(marks, parts, ranges);
}

/** Values without a range stay float32. Rejects as the inference does. */
export async function buildStatic(
  parts: StaticParts,
  ranges: Ranges,
  context: CalibrationContext,
): Promise<BuiltStatic> {
  const { options } = parts;
  const rounded = planStatic(parts, ranges);
  const plan = options.rounding === 'adaround' ? await learnWeights(rounded, context) : rounded;
  const written = writeQdq(plan);
  if (!options.biasCorrection) return { plan, model: written.model, biases: new Map() };
  const { model, tensors } = await correctBiases(plan, written, parts.means, context);
  return { plan, model, biases: tensors };
}
