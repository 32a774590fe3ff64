/** Finds the constant that a layer adds to its outputs, which takes the correction of shifted means. */
import type { Model, Node, ValueName } from '../../../onnx/graph';
import { overridableInitializers } from '../../../onnx/overridable-initializers';
import { namesReadBy } from '../../../onnx/subgraphs';
import { getAttributeFloat } from '../../../onnx/traverse';
import { weights, type Weight } from '../../../onnx/weights';
import { DataType } from '../../../onnx/data-type';
import { elementCount } from '../../../onnx/tensor';
import { isRecurrent, stateInput, type WeightLayer } from './weight-layers';

export interface LayerBias {
  readonly weight: Weight;
  /** The factor of a shift of the sums: alpha ÷ beta of a Gemm. */
  readonly factor: number;
  /** The index of a row in the bias. */
  indexOf(row: number): number;
}

/** Finds biases in the main graph. */
export class BiasLookup {
  readonly #weights: ReadonlyMap<ValueName, Weight>;
  readonly #readers = new Map<ValueName, Node[]>();
  readonly #overridable: ReadonlySet<ValueName>;
  readonly #outputs: ReadonlySet<ValueName | undefined>;

  constructor(model: Model) {
    const graph = model.graph!;
    const own = weights(model).filter(({ scope }) => scope.graph === graph);
    this.#weights = new Map(own.map((weight) => [weight.name, weight]));
    this.#overridable = overridableInitializers(model);
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const name of namesReadBy(node)) {
        const readers = this.#readers.get(name);
        if (readers) readers.push(node);
        else this.#readers.set(name, [node]);
      }
    }
  }

  /** `undefined` for a layer without a bias, or with one that others read too. */
  find({ op, visit: { node }, input, shape: { rows }, weight: { tensor } }: WeightLayer): LayerBias | undefined {
    if (op === 'MatMul') return this.#addedAfter(node, rows);
    if (isRecurrent(op)) {
      // Each direction has first the biases of the inputs, then those of the state.
      const weight = this.#ownWeight(node.inputs[3], 2 * rows);
      const ofDirection = Number(tensor.dims[1]);
      const offset = input === stateInput ? ofDirection : 0;
      const indexOf = (row: number): number => row + Math.floor(row / ofDirection) * ofDirection + offset;
      return weight && { weight, factor: 1, indexOf };
    }
    const weight = this.#ownWeight(node.inputs[2], rows, rows);
    const number = (name: string): number => (op === 'Gemm' ? (getAttributeFloat(node, name) ?? 1) : 1);
    const factor = number('alpha') / number('beta');
    return weight && Number.isFinite(factor) ? { weight, factor, indexOf: sameIndex } : undefined;
  }

  #addedAfter(node: Node, rows: number): LayerBias | undefined {
    const [output = ''] = node.outputs;
    const readers = this.#readers.get(output) ?? [];
    const [add] = readers;
    if (readers.length !== 1 || add?.opType !== 'Add' || this.#outputs.has(output)) return undefined;
    const input = add.inputs[0] === output ? 1 : 0;
    const weight = this.#ownWeight(add.inputs[input], rows, rows);
    return weight && { weight, factor: 1, indexOf: sameIndex };
  }

  /** A constant with `count` numbers, `last` of them along the last axis if given, that no other node reads. */
  #ownWeight(name: ValueName | undefined, count: number, last?: number): Weight | undefined {
    const weight = this.#weights.get(name ?? '');
    if (!weight || weight.isGraphOutput || weight.consumers.length !== 1) return undefined;
    if (weight.owner === 'initializer' && this.#overridable.has(weight.name)) return undefined;
    const { tensor, sparse } = weight;
    const isFloat = tensor.dataType === DataType.float32 || tensor.dataType === DataType.float16;
    const isVector =
      elementCount(tensor) === count && (last ?? Number(tensor.dims.at(-1))) === Number(tensor.dims.at(-1));
    return isFloat && isVector && !sparse ? weight : undefined;
  }
}

function sameIndex(row: number): number {
  return row;
}
