/** A model that computes one node and its gradients, for tests that hold rules to finite differences. */
import type { Model, ValueName } from '../../onnx/graph';
import { graph, model, valueInfo } from '../../onnx/testing/build';
import { productOf } from '../../product-of';
import { createSeededRandom } from '../../seeded-random';
import { emitBackward } from '../backward';
import { createBuilder, embedStudent } from '../embed-forward';
import { isNotTrainable, prepareForward } from '../prepare-forward';
import type { GradientCase } from './gradient-case';

export const usualOpset = 20;

export interface GradientProbe {
  /** The model takes x0 …, and computes the scalar L = Σ c·y for fixed random c, and dL/dx0 … */
  readonly model: Model;
  /** The case alone. */
  readonly original: Model;
  /** The c of the scalar. */
  readonly weights: Float32Array;
  readonly loss: ValueName;
  readonly gradients: readonly ValueName[];
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly values: Float32Array;
  }[];
}

/** The model that computes the case and its gradients, and values to feed it. Throws where a rule is missing. */
export function gradientProbe(given: GradientCase): GradientProbe {
  const { inputs, nodes, initializers = [], range = [-1.5, 1.5], opset = usualOpset, given: known } = given;
  const names = inputs.map((_, index) => `x${index}`);
  const main = graph({
    nodes,
    initializers,
    inputs: inputs.map((shape, index) => valueInfo(names[index]!, shape)),
    outputs: [valueInfo('y', null)],
  });
  const sizes = { batch: 1, inputs: new Map(names.map((name, index) => [name, inputs[index]!])) };
  const original = model(main, { opset, irVersion: 9n });
  const forward = prepareForward(original, sizes);
  if (isNotTrainable(forward)) throw new Error(forward.reason);
  const builder = createBuilder(forward);
  embedStudent(builder, forward, new Set());
  const random = createSeededRandom(5);
  const draw = (count: number, [low, high]: readonly [number, number]): Float32Array =>
    Float32Array.from({ length: count }, () => low + (high - low) * random.next());
  const shape = builder.shapeOf('y');
  const factors = known ? Float32Array.from(known.factors) : draw(productOf(shape), [-1, 1]);
  const weights = builder.floats(shape, factors);
  const loss = builder.sum(
    builder.multiply('y', weights),
    shape.map((_, axis) => axis),
  );
  const { gradients, stoppedAt } = emitBackward(builder, forward, new Set(names), new Map([['y', weights]]));
  if (stoppedAt[0] !== undefined) throw new Error(stoppedAt[0].reason);
  const found = names.map((name) => gradients.get(name)!);
  const step = graph({
    nodes: builder.nodes,
    initializers: builder.initializers,
    inputs: main.inputs,
    outputs: [loss, ...found].map((name) => valueInfo(name, builder.shapeOf(name))),
  });
  return {
    model: model(step, { opset, irVersion: 9n }),
    original,
    weights: factors,
    loss,
    gradients: found,
    inputs: inputs.map((each, index) => ({
      name: names[index]!,
      shape: each,
      values: known ? Float32Array.from(known.inputs[index]!) : draw(productOf(each), range),
    })),
  };
}
