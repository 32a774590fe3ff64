/** A model of the shape of a text transformer with random weights, as large as wanted: for benchmarks of passes. */
import { DataType } from '../../src/engine/onnx/data-type';
import type { Model, Node, Tensor } from '../../src/engine/onnx/graph';
import { createTensor } from '../../src/engine/onnx/tensor';
import { graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build';
import { createSeededRandom } from '../../src/engine/seeded-random';

export interface TransformerSize {
  readonly layers: number;
  readonly width: number;
}

/** 12 layers of width 832: 399 MB of float32 weights. */
export const benchmarkSize: TransformerSize = { layers: 12, width: 832 };

/** Attention and feed-forward blocks with residuals; [1, tokens, width] in and out. */
export function createTransformer({ layers, width }: TransformerSize): Model {
  const nodes: Node[] = [];
  const initializers: Tensor[] = [];
  const random = createSeededRandom(1);
  const weight = (name: string, rows: number, columns: number): string => {
    const values = new Float32Array(rows * columns);
    // The sum of three uniform numbers is close enough to a normal one.
    for (let index = 0; index < values.length; index++) {
      values[index] = (random.next() + random.next() + random.next() - 1.5) * 0.04;
    }
    initializers.push(createTensor({ name, dataType: DataType.float32, dims: [rows, columns], bytes: values }));
    return name;
  };
  const add = (opType: string, inputs: readonly string[], output: string, attributes = {}): string => {
    nodes.push(node(opType, inputs, [output], attributes, { name: `${output}_node` }));
    return output;
  };
  const product = (input: string, name: string, rows: number, columns: number): string =>
    add('MatMul', [input, weight(`${name}.weight`, rows, columns)], name);

  const shape = [1, 'tokens', width];
  let hidden = 'x';
  for (let layer = 0; layer < layers; layer++) {
    const at = (part: string): string => `layer${layer}.${part}`;
    const [query, key, value] = ['query', 'key', 'value'].map((part) => product(hidden, at(part), width, width));
    const flipped = add('Transpose', [key!], at('key_transposed'), { perm: [0n, 2n, 1n] });
    const scores = add('Softmax', [add('MatMul', [query!, flipped], at('scores'))], at('attention'), { axis: -1n });
    const mixed = add('MatMul', [scores, value!], at('mixed'));
    const attended = add('Add', [hidden, product(mixed, at('projected'), width, width)], at('attended'));
    const wide = add('Relu', [product(attended, at('wide'), width, 4 * width)], at('activated'));
    hidden = add('Add', [attended, product(wide, at('narrow'), 4 * width, width)], at('output'));
  }
  return model(graph({ nodes, initializers, inputs: [valueInfo('x', shape)], outputs: [valueInfo(hidden, shape)] }));
}
