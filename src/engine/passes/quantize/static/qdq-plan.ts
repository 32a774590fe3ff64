/** Everything that a QDQ model holds besides the nodes: the parameters of each marked value, made from ranges and constants. */
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
import type { ValueGraph } from './value-graph';

export interface QdqPlan extends StaticMarks {
  readonly model: Model;
  readonly graph: ValueGraph;
  readonly activation: AffineOptions;
  readonly weight: AffineOptions;
  /** Of marked values; those that cannot be quantized are not marked any more. */
  readonly parameters: ReadonlyMap<ValueName, QdqParameters>;
  /** Scales of int32 biases. */
  readonly biases: ReadonlyMap<ValueName, Float32Array>;
}

export function planParameters(
  { marks, absorbed }: StaticMarks,
  given: Pick<QdqPlan, 'model' | 'graph' | 'activation' | 'weight'>,
  ranges: ReadonlyMap<ValueName, ValueRange>,
): QdqPlan {
  const { graph, activation, weight } = given;
  const parameters = new Map<ValueName, QdqParameters>();
  const set = (name: ValueName, found: QdqParameters | undefined): void => {
    if (found) parameters.set(name, found);
  };
  for (const [name, mark] of marks) {
    if (mark.kind !== 'activation') continue;
    const constant = graph.constant(name);
    const range = ranges.get(name);
    // The tool reduces the range of every constant, also of those that stand where activations may.
    const { reduceRange } = weight;
    if (constant) set(name, constantParameters(constant, undefined, { ...activation, reduceRange }));
    else set(name, range && activationParameters(range, activation));
  }
  for (const [name, mark] of marks) if (mark.kind === 'shared') set(name, parameters.get(sourceOf(mark.with, marks)));
  const biasOf = new Map(
    [...marks].flatMap(([name, mark]) => (mark.kind === 'bias' ? [[mark.weight, name] as const] : [])),
  );
  for (const [name, mark] of marks) {
    if (mark.kind !== 'weight') continue;
    const repair = repairOf(biasOf.get(name), mark.axis !== undefined, { graph, marks, parameters });
    set(name, constantParameters(graph.constant(name)!, mark.axis, weight, repair));
  }
  const biases = new Map<ValueName, Float32Array>();
  for (const [name, mark] of marks) {
    if (mark.kind !== 'bias') continue;
    const input = parameters.get(mark.input);
    const scales = parameters.get(mark.weight);
    if (input && scales) biases.set(name, biasScales(input, scales));
  }
  const kept = [...marks].filter(([name, { kind }]) => (kind === 'bias' ? biases.has(name) : parameters.has(name)));
  return { ...given, absorbed, marks: new Map(kept), parameters, biases };
}

/** What a layer adds: the constant times its factor. */
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
  if (mark?.kind !== 'bias') return undefined;
  const input = parameters.get(mark.input);
  if (!input) return undefined;
  const values = biasValues(graph.constant(bias!)!, mark.factor);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (scale, group) => scaleForBias(scale, input.scales[0]!, isPerChannel ? Math.abs(values[group]!) : largest);
}
