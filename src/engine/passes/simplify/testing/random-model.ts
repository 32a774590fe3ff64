/**
 * Small models made of random steps, for tests that hold any rewrite to the answers of the original. A step is four numbers,
 * so that a failing list of them can be made shorter. Sizes are small and constants dyadic: most arithmetic is exact.
 */
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import type { Graph, Model } from '../../../onnx/graph';
import { subgraphsOf } from '../../../onnx/subgraphs';
import { floatTensor, model, valueInfo } from '../../../onnx/testing/build';
import { GrowingGraph } from './growing-graph';
import { randomSteps } from './random-steps';

export type Step = readonly [operation: number, first: number, second: number, third: number];

export const randomOpsets = [9, 11, 13, 17, 20, 21, 22, 23] as const;

/** Every initializer was an input too before IR version 4. */
const irVersionOfListedInitializers = 3n;

/**
 * The model that the steps make: with inputs that are known by size or by symbol, and an initializer that a caller may
 * replace. `isOldFile`: in a format that lists all initializers as inputs, where the operator set is old enough for it.
 */
export function randomModel(opset: number, steps: readonly Step[], isSymbolic: boolean, isOldFile = false): Model {
  const growing = new GrowingGraph(opset);
  const input = (name: string, shape: readonly number[], type: DataTypeCode, axes: readonly (number | string)[]) => {
    growing.inputs.push(valueInfo(name, isSymbolic ? axes : shape, type));
    growing.values.push({ name, shape, type });
  };
  input('condition', [], DataType.bool, []);
  input('counts', [2, 3], DataType.int32, ['N', 3]);
  input('longs', [2, 3], DataType.int64, ['N', 3]);
  input('halves', [2, 3], DataType.float16, ['N', 3]);
  input('rows', [2, 3], DataType.float32, ['N', 3]);
  input('replaceable', [3], DataType.float32, [3]);
  growing.initializers.push(floatTensor('replaceable', [3], [1, 1, 1]));
  input('picture', [2, 3, 4, 4], DataType.float32, ['N', 3, 'H', 'H']);
  for (const [operation, ...choices] of steps) randomSteps[operation % randomSteps.length]!(growing, ...choices);
  const read = new Set(growing.nodes.flatMap(({ inputs }) => inputs));
  const computed = growing.values.filter(({ name }) => growing.nodes.some(({ outputs }) => outputs.includes(name)));
  const outputs = computed.filter(({ name }) => growing.outputs.has(name) || !read.has(name));
  const graph = growing.toGraph(outputs);
  if (!isOldFile || opset !== randomOpsets[0] || hasInnerInitializers(graph))
    return model(graph, { opset, irVersion: irVersionOf(opset) });
  const given = new Set(graph.inputs.map(({ name }) => name));
  const listed = graph.initializers.filter(({ name }) => !given.has(name));
  const inputs = listed.map(({ name = '', dims, dataType }) =>
    valueInfo(name, dims.map(Number), dataType as DataTypeCode),
  );
  const complete = { ...graph, inputs: [...graph.inputs, ...inputs] };
  return model(complete, { opset, irVersion: irVersionOfListedInitializers });
}

/** The old format has no place for them. */
function hasInnerInitializers({ nodes }: Graph): boolean {
  return nodes.some((node) =>
    subgraphsOf(node).some((inner) => inner.initializers.length > 0 || hasInnerInitializers(inner)),
  );
}

/** The file format of ONNX releases with these operator sets. */
function irVersionOf(opset: number): bigint {
  if (opset >= 23) return 11n;
  return opset >= 21 ? 10n : 8n;
}
