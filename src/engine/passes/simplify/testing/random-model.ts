/**
 * Small models made of random steps, for tests that hold any rewrite to the answers of the original. A step is four numbers,
 * so that a failing list of them can be made shorter. Sizes are small and constants dyadic: most arithmetic is exact.
 */
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { floatTensor, model, valueInfo } from '../../../onnx/testing/build';
import { GrowingGraph } from './growing-graph';
import { randomSteps } from './random-steps';

export type Step = readonly [operation: number, first: number, second: number, third: number];

export const randomOpsets = [9, 11, 13, 17, 20] as const;

/** The model that the steps make: with inputs that are known by size or by symbol, and an initializer that a caller may replace. */
export function randomModel(opset: number, steps: readonly Step[], isSymbolic: boolean): Model {
  const growing = new GrowingGraph(opset);
  const input = (name: string, shape: readonly number[], type: DataTypeCode, axes: readonly (number | string)[]) => {
    growing.inputs.push(valueInfo(name, isSymbolic ? axes : shape, type));
    growing.values.push({ name, shape, type });
  };
  input('condition', [], DataType.bool, []);
  input('rows', [2, 3], DataType.float32, ['N', 3]);
  input('replaceable', [3], DataType.float32, [3]);
  growing.initializers.push(floatTensor('replaceable', [3], [1, 1, 1]));
  input('picture', [2, 3, 4, 4], DataType.float32, ['N', 3, 'H', 'H']);
  for (const [operation, ...choices] of steps) randomSteps[operation % randomSteps.length]!(growing, ...choices);
  const read = new Set(growing.nodes.flatMap(({ inputs }) => inputs));
  const computed = growing.values.filter(({ name }) => growing.nodes.some(({ outputs }) => outputs.includes(name)));
  const outputs = computed.filter(({ name }) => growing.outputs.has(name) || !read.has(name));
  return model(growing.toGraph(outputs), { opset });
}
