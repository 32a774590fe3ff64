/** Plans the parts of a QDQ model besides the nodes: the parameters of each marked value, from ranges and constants. */
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { readFloat32 } from '../../../onnx/tensor';
import type { AffineOptions } from '../affine';
import type { ValueRange } from '../../../calibration/value-statistics';
import {
  activationParameters,
  biasScales,
  constantParameters,
  scaleForBias,
  type QdqParameters,
} from './qdq-parameters';
import type { Mark, StaticMarks } from './static-marks';
import { activationOf, weightOf, type StaticScheme } from './static-scheme';
import type { ValueGraph } from './value-graph';

export interface QdqPlan extends StaticMarks {
  readonly model: Model;
  readonly graph: ValueGraph;
  readonly scheme: StaticScheme;
  /** Activations of 16 bits if the others have 8. */
  readonly wide: ReadonlySet<ValueName>;
  /** Weights of 4 bits if the others have more. */
  readonly narrow: ReadonlySet<ValueName>;
  /** The parameters of marked values. Values that cannot be quantized lose their mark. */
  readonly parameters: ReadonlyMap<ValueName, QdqParameters>;
  /** Scales of int32 biases. */
  readonly biases: ReadonlyMap<ValueName, Float32Array>;
  /** Integers of weights that were learned instead of rounded to nearest, in the order of the tensor. */
  readonly learned?: ReadonlyMap<ValueName, Int32Array>;
}

export function planParameters(
  { marks, absorbed }: StaticMarks,
  given: Pick<QdqPlan, 'model' | 'graph' | 'scheme' | 'wide' | 'narrow'>,
  ranges: ReadonlyMap<ValueName, ValueRange>,
): QdqPlan {
  const { graph, scheme, wide, narrow } = given;
  const parameters = new Map<ValueName, QdqParameters>();
  const set = (name: ValueName, found: QdqParameters | undefined): void => {
    if (found) parameters.set(name, found);
  };
  for (const [name, mark] of marks) {
    if (mark.kind !== 'activation') continue;
    const constant = graph.constant(name);
    const range = ranges.get(name);
    const activation = activationOf(name, scheme.activation, wide);
    if (constant) set(name, constantParameters(constant, undefined, constantOptions(activation, scheme)));
    else set(name, range && activationParameters(range, activation));
  }
  for (const [name, mark] of marks) if (mark.kind === 'shared') set(name, parameters.get(sourceOf(mark.with, marks)));
  const biasOf = new Map(
    [...marks].flatMap(([name, mark]) => (mark.kind === 'bias' ? [[mark.weight, name] as const] : [])),
  );
  for (const [name, mark] of marks) {
    if (mark.kind !== 'weight') continue;
    const repair = repairOf(biasOf.get(name), mark.axis !== undefined, { graph, marks, parameters });
    const weight = weightOf(name, scheme.weight, narrow);
    const symmetric = weight.symmetric || mark.axis !== undefined;
    set(name, constantParameters(graph.constant(name)!, mark.axis, { ...weight, symmetric }, repair));
  }
  const biases = new Map<ValueName, Float32Array>();
  const kept = new Map<ValueName, Mark>();
  for (const [name, mark] of marks) {
    const scales = mark.kind === 'bias' ? parameters.get(mark.weight) : undefined;
    if (mark.kind !== 'bias') {
      if (parameters.has(name)) kept.set(name, mark);
    } else if (scales) {
      const input = parameters.get(mark.input);
      // A bias has no scale if its input has none. It can be corrected all the same.
      const isFloat = mark.isFloat || input === undefined;
      if (!isFloat) biases.set(name, biasScales(input!, scales));
      kept.set(name, { ...mark, isFloat });
    }
  }
  return { ...given, absorbed, marks: kept, parameters, biases };
}

/** The options of a constant in the place of an activation, as ONNX Runtime's tool has them in the two formats. */
function constantOptions(activation: AffineOptions, { format, weight }: StaticScheme): AffineOptions {
  if (format === 'qdq') return { ...activation, reduceRange: weight.reduceRange };
  return { ...activation, symmetric: activation.type === weight.type ? weight.symmetric : activation.symmetric };
}

/**
 * Maps the name of a node's output to the name under which it is written: the output of the absorbed bounds after it.
 */
export function finalNames({ absorbed }: Pick<QdqPlan, 'absorbed'>): (name: ValueName) => ValueName {
  const renamed = new Map([...absorbed].map(([node, output]) => [node.inputs[0]!, output]));
  return (name) => {
    let final = name;
    for (let next = renamed.get(final); next !== undefined; next = renamed.get(final)) final = next;
    return final;
  };
}

/** The values that a layer adds: the constant times its factor. */
export function biasValues(constant: Tensor, factor: number): Float32Array {
  const values = readFloat32(constant);
  return factor === 1 ? values : values.map((value) => value * factor);
}

/** The value at the beginning of a chain that shares one scale. */
function sourceOf(name: ValueName, marks: ReadonlyMap<ValueName, Mark>): ValueName {
  let source = name;
  for (let mark = marks.get(source); mark?.kind === 'shared'; mark = marks.get(source)) source = mark.with;
  return source;
}

function repairOf(
  bias: ValueName | undefined,
  isPerChannel: boolean,
  {
    graph,
    marks,
    parameters,
  }: {
    readonly graph: ValueGraph;
    readonly marks: ReadonlyMap<ValueName, Mark>;
    readonly parameters: ReadonlyMap<ValueName, QdqParameters>;
  },
): ((scale: number, group: number) => number) | undefined {
  const mark = bias === undefined ? undefined : marks.get(bias);
  if (mark?.kind !== 'bias' || mark.isFloat) return undefined;
  const input = parameters.get(mark.input);
  if (!input) return undefined;
  const values = biasValues(graph.constant(bias!)!, mark.factor);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (scale, group) => scaleForBias(scale, input.scales[0]!, isPerChannel ? Math.abs(values[group]!) : largest);
}
