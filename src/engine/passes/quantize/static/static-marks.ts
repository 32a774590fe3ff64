/**
 * Decides which values become integers, and which value gives their scale and zero point. The rules are those of ONNX
 * Runtime's `quantize_static` (onnxruntime/quantization/operators, 1.32), node after node in the order of the graph.
 */
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import { elementCount, readFloat32 } from '../../../onnx/tensor';
import { getAttributeFloat, getAttributeInt, getAttributeText } from '../../../onnx/traverse';
import type { StaticScheme } from './static-scheme';
import type { ValueGraph } from './value-graph';

export type Mark =
  /** Integers of the type of activations; of a constant the range is its own. */
  | { readonly kind: 'activation' }
  /** Scale and zero point of another value: the operator only moves elements. */
  | { readonly kind: 'shared'; readonly with: ValueName }
  /** Integers of the type of weights, a scale for each index of `axis`. */
  | { readonly kind: 'weight'; readonly axis?: number }
  /** int32 in units of the product of two scales, or the former float32. */
  | {
      readonly kind: 'bias';
      readonly input: ValueName;
      readonly weight: ValueName;
      /** The factor of the bias: beta of a Gemm. */
      readonly factor: number;
      readonly isFloat: boolean;
    };

export interface StaticMarks {
  readonly marks: ReadonlyMap<ValueName, Mark>;
  /** Relu and Clip that the integers themselves do: by the value that they read, the one that they write. */
  readonly absorbed: ReadonlyMap<Node, ValueName>;
}

/** The parts of a graph that marks depend on. */
export type MarkedGraph = Pick<ValueGraph, 'constant' | 'isFloat' | 'readers' | 'producer' | 'isInput' | 'isOutput'>;

export interface MarkContext {
  readonly graph: MarkedGraph;
  readonly scheme: Pick<StaticScheme, 'format' | 'perChannel' | 'quantizesOutputs' | 'quantizesBias'>;
  /**
   * True if the smallest integer of the value represents zero. The integers then cut off everything that a Relu does.
   */
  startsAtZero(value: ValueName): boolean;
}

export function markValues(nodes: readonly Node[], context: MarkContext): StaticMarks {
  const marker = new Marker(context);
  for (const node of nodes) marker.mark(node);
  return { marks: marker.marks, absorbed: marker.absorbed };
}

class Marker {
  readonly marks = new Map<ValueName, Mark>();
  readonly absorbed = new Map<Node, ValueName>();
  readonly #context: MarkContext;

  constructor(context: MarkContext) {
    this.#context = context;
  }

  mark(node: Node): void {
    const [first = '', second = ''] = node.inputs;
    const [output = ''] = node.outputs;
    switch (node.opType) {
      case 'Conv':
      case 'ConvTranspose':
      case 'Gemm':
        this.#markLayer(node);
        return;
      case 'MatMul':
        for (const [index, name] of node.inputs.entries()) this.#markOperand(name, index === 1 ? 1 : undefined, 2);
        this.#markOutputs(node);
        return;
      case 'Relu':
      case 'Clip':
        this.#markBound(node);
        return;
      case 'AveragePool':
        if (this.#context.scheme.format === 'qoperator') {
          this.#activation(first);
          this.#activation(output);
        } else if (this.marks.has(first)) this.#share(output, first);
        return;
      case 'Flatten':
      case 'MaxPool':
      case 'Reshape':
      case 'Resize':
      case 'Slice':
      case 'Squeeze':
      case 'Transpose':
      case 'Unsqueeze':
        if (this.marks.has(first)) this.#share(output, first);
        return;
      case 'Gather':
        if (this.#context.graph.constant(first)) this.#activation(first);
        if (this.marks.has(first)) this.#share(output, first);
        return;
      case 'Split':
        this.#activation(first);
        for (const name of node.outputs) this.#share(name, first);
        return;
      case 'Pad':
        this.#activation(first);
        if (this.#context.scheme.format === 'qdq') this.#activation(node.inputs[2] ?? '');
        if (this.#padsWithOwnValues(node)) this.#share(output, first);
        else this.#activation(output);
        return;
      case 'Where':
        if (this.marks.has(second) && this.marks.has(node.inputs[2] ?? '')) this.#activation(output);
        return;
      default:
        for (const name of [...node.inputs, ...node.outputs]) this.#activation(name);
    }
  }

  #activation(name: ValueName): void {
    if (!this.marks.has(name) && this.#context.graph.isFloat(name)) this.marks.set(name, { kind: 'activation' });
  }

  #share(name: ValueName, from: ValueName): void {
    if (!this.marks.has(name) && this.#context.graph.isFloat(name))
      this.marks.set(name, { kind: 'shared', with: from });
  }

  /** A constant is a weight, with a scale for each index of `axis` where its rank is the usual one. */
  #markOperand(name: ValueName, axis: number | undefined, rank: number | undefined): void {
    const constant = this.#context.graph.constant(name);
    if (!constant) {
      this.#activation(name);
      return;
    }
    if (this.marks.has(name) || !this.#context.graph.isFloat(name)) return;
    const hasAxis = this.#context.scheme.perChannel && axis !== undefined && (rank ?? axis + 1) <= constant.dims.length;
    const fits = hasAxis && (rank === undefined || constant.dims.length === rank);
    this.marks.set(name, { kind: 'weight', ...(fits && { axis }) });
  }

  #markLayer(node: Node): void {
    const [input = '', weight = '', bias = ''] = node.inputs;
    const isTransposed = node.opType === 'Gemm' ? getAttributeInt(node, 'transB') !== 1 : node.opType !== 'Conv';
    this.#activation(input);
    this.#markOperand(weight, isTransposed ? 1 : 0, node.opType === 'Gemm' ? 2 : undefined);
    const constant = this.#context.graph.constant(bias);
    const alpha = node.opType === 'Gemm' ? (getAttributeFloat(node, 'alpha') ?? 1) : 1;
    const canHaveBias = alpha === 1 && this.marks.has(input) && !this.marks.has(bias);
    if (constant && canHaveBias && isBias(constant, node, this.#context.graph.constant(weight))) {
      const factor = node.opType === 'Gemm' ? (getAttributeFloat(node, 'beta') ?? 1) : 1;
      this.marks.set(bias, { kind: 'bias', input, weight, factor, isFloat: !this.#context.scheme.quantizesBias });
    }
    this.#markOutputs(node);
  }

  #markOutputs(node: Node): void {
    if (this.#context.scheme.quantizesOutputs) for (const name of node.outputs) this.#activation(name);
  }

  /**
   * Relu and Clip are removed if the integers of the value before start at zero, because lower values cannot be
   * written.
   */
  #markBound(node: Node): void {
    const { graph } = this.#context;
    const [input = ''] = node.inputs;
    const [output = ''] = node.outputs;
    if (!this.marks.has(input)) return;
    const isOnlyReader = graph.readers(input).length === 1 && !graph.isInput(input) && !graph.isOutput(input);
    const isOwn = this.marks.get(input)?.kind === 'activation' && graph.producer(input) !== undefined;
    if (isOnlyReader && isOwn && this.#cutsAtZero(node) && this.#context.startsAtZero(output)) {
      this.absorbed.set(node, output);
      this.marks.delete(input);
    }
    this.#activation(output);
  }

  #cutsAtZero(node: Node): boolean {
    if (node.opType === 'Relu') return true;
    const lowest = this.#context.graph.constant(node.inputs[1] ?? '');
    return lowest !== undefined && elementCount(lowest) === 1 && readFloat32(lowest)[0] === 0;
  }

  #padsWithOwnValues(node: Node): boolean {
    if ((getAttributeText(node, 'mode') ?? 'constant') !== 'constant') return true;
    const name = node.inputs[2] ?? '';
    if (name === '') return true;
    const value = this.#context.graph.constant(name);
    return value !== undefined && elementCount(value) === 1 && readFloat32(value)[0] === 0;
  }
}

/** One number for each channel: a Gemm may also add one to all of them. */
function isBias({ dims }: Tensor, node: Node, weight: Tensor | undefined): boolean {
  if (!weight || dims.length !== 1) return false;
  return node.opType !== 'Gemm' || dims[0] === weight.dims[getAttributeInt(node, 'transB') === 1 ? 0 : 1];
}
