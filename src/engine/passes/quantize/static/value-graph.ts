/** The main graph by its values: who computes and who reads each. */
import { DataType } from '../../../onnx/data-type';
import { inferElementTypes, type ElementTypes } from '../../../onnx/element-types';
import type { Graph, Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import { overridableInitializers } from '../../../onnx/overridable-initializers';
import { namesReadBy } from '../../../onnx/subgraphs';
import { weightOperandsOf } from '../../../onnx/ops/registry';
import { weights } from '../../../onnx/weights';

/** Nodes of one graph by the values that they compute and read, and what goes in and out of it. */
export class LinkedNodes {
  readonly nodes: readonly Node[];
  readonly #readers = new Map<ValueName, Node[]>();
  readonly #producers = new Map<ValueName, Node>();
  readonly #inputs: ReadonlySet<ValueName | undefined>;
  readonly #outputs: ReadonlySet<ValueName | undefined>;

  constructor({ nodes, inputs, outputs }: LinkedValues) {
    this.nodes = nodes;
    this.#inputs = new Set(inputs.map(({ name }) => name));
    this.#outputs = new Set(outputs.map(({ name }) => name));
    for (const node of nodes) {
      for (const name of node.outputs) if (name) this.#producers.set(name, node);
      for (const name of namesReadBy(node)) {
        const readers = this.#readers.get(name);
        if (readers) readers.push(node);
        else this.#readers.set(name, [node]);
      }
    }
  }

  /** Nodes that read a value, also in their bodies. */
  readers(name: ValueName): readonly Node[] {
    return this.#readers.get(name) ?? [];
  }

  producer(name: ValueName): Node | undefined {
    return this.#producers.get(name);
  }

  isInput(name: ValueName): boolean {
    return this.#inputs.has(name);
  }

  isOutput(name: ValueName): boolean {
    return this.#outputs.has(name);
  }
}

export interface LinkedValues {
  readonly nodes: readonly Node[];
  readonly inputs: readonly { readonly name?: ValueName }[];
  readonly outputs: readonly { readonly name?: ValueName }[];
}

export class ValueGraph extends LinkedNodes {
  readonly graph: Graph;
  readonly #types: ElementTypes;
  readonly #constants = new Map<ValueName, Tensor>();

  constructor(model: Model) {
    const graph = model.graph!;
    super(graph);
    this.graph = graph;
    this.#types = inferElementTypes(model);
    const overridable = overridableInitializers(model);
    for (const { name, tensor, scope, sparse } of weights(model)) {
      if (scope.graph === graph && !overridable.has(name) && !sparse) this.#constants.set(name, tensor);
    }
  }

  /** The tensor of an initializer that no caller may override, or of a Constant node. */
  constant(name: ValueName): Tensor | undefined {
    return this.#constants.get(name);
  }

  /** The tensor of a float32 constant that one node reads, once, and nothing else. */
  ownConstant(name: ValueName): Tensor | undefined {
    const tensor = this.#constants.get(name);
    const isOwn = tensor?.dataType === DataType.float32 && this.readers(name).length === 1 && !this.isOutput(name);
    return isOwn ? tensor : undefined;
  }

  /** True for nodes that compute with a constant weight: Conv, MatMul and their like. */
  isLayer(node: Node): boolean {
    return weightOperandsOf(node).some(({ input }) => this.#constants.has(node.inputs[input] ?? ''));
  }

  /** True for float32 alone: the operators that quantize know nothing else. */
  isFloat(name: ValueName): boolean {
    return name !== '' && this.#types.get(this.graph, name) === DataType.float32;
  }
}
