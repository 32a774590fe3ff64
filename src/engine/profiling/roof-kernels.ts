/** Small models that show the limits of an execution provider: of arithmetic, of memory, and of starting a node. */
import { DataType } from '../onnx/data-type';
import type { Graph, Model, Node, Tensor } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';

export type RoofKernel = 'arithmetic' | 'bandwidth' | 'launch';

export interface RoofModel {
  /** Input `x` and output `y`, each one float32 or a matrix of one. */
  readonly model: Model;
  /** Floating-point operations of one run, two for each multiply-accumulate. */
  readonly flops: number;
  /** Bytes that one run reads and writes, counted as STREAM does (McCalpin 1995): without lines that a cache fetches to overwrite them. */
  readonly bytes: number;
  /** Nodes that are measured. */
  readonly nodes: number;
}

const floatBytes = 4;

/**
 * A chain of equal nodes on values that the run itself makes, so that no time passes for copying inputs and outputs. The chain
 * makes the rest of a run small beside it.
 *
 * - `arithmetic`: products of square float32 matrices of `size` rows with a constant one. All values stay 1.
 * - `bandwidth`: sums of two float32 vectors of `size` elements.
 * - `launch`: sums of single numbers.
 */
export function roofModel(kernel: RoofKernel, size: number, nodes: number): RoofModel {
  switch (kernel) {
    case 'arithmetic':
      return {
        model: chainModel('MatMul', [size, size], nodes, weightsOfMean(size)),
        flops: 2 * size ** 3 * nodes,
        bytes: 3 * size ** 2 * floatBytes * nodes,
        nodes,
      };
    case 'bandwidth':
      return {
        model: chainModel('Add', [size], nodes),
        flops: size * nodes,
        // Besides the sums, the two vectors are written once.
        bytes: (3 * nodes + 2) * size * floatBytes,
        nodes,
      };
    case 'launch':
      return {
        model: chainModel('Add', [1], nodes, floats('other', [1], [1])),
        flops: nodes,
        bytes: 12 * nodes,
        nodes,
      };
  }
}

/** @param other second input of every node of the chain. Absent: a vector that the run makes. */
function chainModel(op: 'MatMul' | 'Add', shape: readonly number[], nodes: number, other?: Tensor): Model {
  const made: Node[] = [operator('Expand', ['x', 'shape'], ['value0'])];
  if (other === undefined) {
    made.push(operator('Neg', ['x'], ['negative']), operator('Expand', ['negative', 'shape'], ['other']));
  }
  for (let node = 0; node < nodes; node++) made.push(operator(op, [`value${node}`, 'other'], [`value${node + 1}`]));
  const axes = shape.map((_, axis) => axis);
  made.push(operator('Slice', [`value${nodes}`, 'starts', 'ends', 'axes'], ['y']));
  const constants = [
    integers('shape', shape),
    integers(
      'starts',
      axes.map(() => 0),
    ),
    integers(
      'ends',
      axes.map(() => 1),
    ),
    integers('axes', axes),
  ];
  return modelOf({
    nodes: made,
    initializers: other === undefined ? constants : [...constants, other],
    output: shape.map(() => 1),
  });
}

function operator(opType: string, inputs: readonly string[], outputs: readonly string[]): Node {
  return { opType, inputs, outputs, attributes: [] };
}

/** A matrix whose product with a matrix of ones is one of ones. */
function weightsOfMean(size: number): Tensor {
  return floats('other', [size, size], new Float32Array(size * size).fill(1 / size));
}

function floats(name: string, dims: readonly number[], values: ArrayLike<number>): Tensor {
  return createTensor({ name, dataType: DataType.float32, dims, bytes: Float32Array.from(values) });
}

function integers(name: string, values: readonly number[]): Tensor {
  const bytes = BigInt64Array.from(values.map(BigInt));
  return createTensor({ name, dataType: DataType.int64, dims: [values.length], bytes });
}

interface ChainParts {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Tensor[];
  readonly output: readonly number[];
}

function modelOf({ nodes, initializers, output }: ChainParts): Model {
  const value = (name: string, shape: readonly number[]): Graph['inputs'][number] => ({
    name,
    type: {
      kind: 'tensor',
      elementType: DataType.float32,
      shape: { dimensions: shape.map((size) => ({ size: BigInt(size) })) },
    },
  });
  return {
    irVersion: 8n,
    opsetImports: [{ domain: '', version: 17n }],
    producerName: 'pareto',
    graph: {
      name: 'roof',
      nodes,
      initializers,
      sparseInitializers: [],
      inputs: [value('x', [1])],
      outputs: [value('y', output)],
      valueInfos: [],
      quantizationAnnotations: [],
    },
    metadata: [],
    training: [],
    functions: [],
  };
}
