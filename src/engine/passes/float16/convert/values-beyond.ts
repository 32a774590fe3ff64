/** Values that leave the range of float16 because of the constants that they are computed from, such as a mask of −3.4e38. */
import { constantTensor } from '../../../onnx/constant-node';
import { DataType } from '../../../onnx/data-type';
import type { Graph, Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import { elementCount } from '../../../onnx/tensor';
import { isDefaultDomain, scopes } from '../../../onnx/traverse';
import { ownValue } from '../../../own-value';
import { openWeight, pieceElementsOf, ReadBuffer } from '../../quantize/weight-reader';
import { largestFloat16 } from '../float16-values';

/** Finite magnitudes of a constant. `smallest` is the smallest that is not zero; infinite where all are. */
interface Magnitudes {
  readonly largest: number;
  readonly smallest: number;
}

/** The inputs whose numbers an operator passes on. */
const passedOn: Readonly<Record<string, readonly number[] | 'all'>> = {
  ...Object.fromEntries(['Add', 'Sub', 'Sum', 'Concat'].map((op) => [op, 'all' as const])),
  ...Object.fromEntries(
    [
      ...['Abs', 'Cast', 'Expand', 'Flatten', 'Gather', 'GatherElements', 'GatherND', 'Identity', 'MaxPool', 'Neg'],
      ...['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceSum', 'Relu', 'Reshape', 'Slice', 'Split', 'Squeeze', 'Tile'],
      ...['Transpose', 'Trilu', 'Unsqueeze'],
    ].map((op) => [op, [0]]),
  ),
  Where: [1, 2],
  Pad: [0, 2],
  ScatterElements: [0, 2],
  ScatterND: [0, 2],
};

/** Operators whose numbers grow with each of the first two inputs. */
const multiplying: ReadonlySet<string | undefined> = new Set(['Mul', 'MatMul', 'Gemm', 'Conv', 'ConvTranspose']);

/** True if a value that the graph defines or reads leaves the range. */
export type ValuesBeyond = (graph: Graph, name: ValueName) => boolean;

/**
 * Follows constants beyond the range of float16 through the operators that pass their numbers on. It takes other values for numbers of about 1, so
 * it is no bound: it finds the values that leave the range in ordinary runs.
 *
 * @param large names of constants beyond the range.
 */
export function findValuesBeyond(model: Model, large: ReadonlySet<ValueName>): ValuesBeyond {
  const found = new Map<Graph, Follower>();
  for (const { graph, parent } of scopes(model)) {
    if (!graph) continue;
    found.set(graph, new Follower(graph, large, parent?.scope.graph && found.get(parent.scope.graph)));
  }
  return (graph, name) => found.get(graph)?.isBeyond(name) ?? false;
}

class Follower {
  readonly #large: ReadonlySet<ValueName>;
  readonly #outer: Follower | undefined;
  readonly #constants = new Map<ValueName, Tensor>();
  readonly #magnitudes = new Map<ValueName, Magnitudes>();
  /** The largest magnitudes of values that come from constants beyond the range, while they are beyond it. */
  readonly #followed = new Map<ValueName, number>();
  readonly #buffer = new ReadBuffer();

  constructor(graph: Graph, large: ReadonlySet<ValueName>, outer: Follower | undefined) {
    this.#large = large;
    this.#outer = outer;
    for (const tensor of graph.initializers) this.#addConstant(tensor.name ?? '', tensor);
    for (const node of graph.nodes) this.#follow(node);
  }

  isBeyond(name: ValueName): boolean {
    return this.#followed.has(name) || (this.#outer?.isBeyond(name) ?? false);
  }

  #addConstant(name: ValueName, tensor: Tensor | undefined): void {
    if (tensor?.dataType === DataType.float32 && name !== '') this.#constants.set(name, tensor);
  }

  #follow(node: Node): void {
    if (!isDefaultDomain(node.domain)) return;
    if (node.opType === 'Constant') {
      for (const attribute of node.attributes) this.#addConstant(node.outputs[0] ?? '', constantTensor(attribute));
      return;
    }
    const magnitude = this.#magnitudeOf(node);
    if (!(magnitude > largestFloat16)) return;
    for (const name of node.outputs) if (name !== '') this.#followed.set(name, magnitude);
  }

  /** The magnitude of the outputs of a node; 1 if nothing is known. Constants are measured only beside numbers beyond the range. */
  #magnitudeOf({ opType, inputs, attributes }: Node): number {
    const [first = '', second = ''] = inputs;
    if (opType === 'ConstantOfShape') {
      const value = attributes.find(({ name }) => name === 'value')?.t;
      return value?.dataType === DataType.float32 ? this.#measure(value).largest : 1;
    }
    if (!inputs.some((name) => this.#large.has(name) || this.isBeyond(name))) return 1;
    const passed = ownValue(passedOn, opType ?? '');
    if (passed !== undefined) {
      return Math.max(
        ...inputs.filter((_, at) => passed === 'all' || passed.includes(at)).map((name) => this.#largest(name)),
      );
    }
    if (multiplying.has(opType)) return this.#largest(first) * this.#largest(second);
    if (opType === 'Div') return this.#largest(first) / (this.#constant(second)?.smallest ?? 1);
    return opType === 'Sqrt' ? Math.sqrt(this.#largest(first)) : 1;
  }

  #largest(name: ValueName): number {
    return this.#followedMagnitude(name) ?? this.#constant(name)?.largest ?? 1;
  }

  #followedMagnitude(name: ValueName): number | undefined {
    return this.#followed.get(name) ?? (this.#outer && this.#outer.#followedMagnitude(name));
  }

  #constant(name: ValueName): Magnitudes | undefined {
    const tensor = this.#constants.get(name);
    if (tensor === undefined) return this.#outer && this.#outer.#constant(name);
    const known = this.#magnitudes.get(name) ?? this.#measure(tensor);
    this.#magnitudes.set(name, known);
    return known;
  }

  #measure(tensor: Tensor): Magnitudes {
    const reader = openWeight(tensor, this.#buffer);
    const step = pieceElementsOf(1);
    const count = elementCount(tensor);
    let [largest, smallest] = [0, Infinity];
    for (let start = 0; start < count; start += step) {
      for (const value of reader.read(start, Math.min(start + step, count))) {
        const magnitude = Math.abs(value);
        if (magnitude > largest && magnitude < Infinity) largest = magnitude;
        if (magnitude > 0 && magnitude < smallest) smallest = magnitude;
      }
    }
    return { largest, smallest };
  }
}
