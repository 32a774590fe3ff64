/** Finds the number of positions that a model has for tokens. */
import { tensorOfConstant } from '../onnx/constant-node';
import { statedContextLength } from '../onnx/context-length';
import type { Graph, Model, Node, Tensor, ValueName } from '../onnx/graph';
import { tensorContent } from '../onnx/ops/tensor-content';
import { isDefaultDomain } from '../onnx/traverse';

/** Operators whose output is made of the sizes that their first input holds; Concat of those of any. */
const sizeKeeping = new Set(['Cast', 'Concat', 'Gather', 'Identity', 'Reshape', 'Slice', 'Squeeze', 'Unsqueeze']);
/** Operators whose output has the positions that their first input counts. */
const positionKeeping = new Set(['Cast', 'Expand', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze']);
/** A size is near its use. */
const mostSteps = 12;

/** Returns the most tokens that a model reads: the smaller of the limits of its positions and of its metadata. */
export function mostTokens(model: Model): number | undefined {
  const limits = [model.graph && mostPositions(model.graph), statedContextLength(model)];
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/**
 * Returns the length of the shortest constant with positions. Such a constant is sliced by a size at run time, or is a
 * table whose rows a Range up to that size chooses. Longer texts would have no position. `undefined` if there is no
 * such constant, for instance because positions are computed.
 */
function mostPositions(graph: Graph): number | undefined {
  const constants = new Constants(graph);
  const limits = graph.nodes.flatMap((node) => {
    if (!isDefaultDomain(node.domain)) return [];
    if (node.opType === 'Slice') return slicedSize(node, constants) ?? [];
    return node.opType === 'Gather' ? (rowsByRange(node, constants) ?? []) : [];
  });
  const positive = limits.filter((limit) => limit > 1);
  return positive.length === 0 ? undefined : Math.min(...positive);
}

function slicedSize({ inputs: [data = '', , ends = '', axes = ''] }: Node, constants: Constants): number | undefined {
  const sizes = constants.sizesOf(data);
  if (sizes === undefined || !constants.isSize(ends)) return undefined;
  const chosen = axes === '' ? [0] : constants.numbersOf(axes);
  // If several axes are sliced, it is unknown which of them is as long as the text.
  return chosen?.length === 1 ? sizes.at(chosen[0]!) : undefined;
}

function rowsByRange(node: Node, constants: Constants): number | undefined {
  const [data = '', indices = ''] = node.inputs;
  const axis = node.attributes.find(({ name }) => name === 'axis')?.i ?? 0n;
  return axis === 0n && constants.isRange(indices) ? constants.sizesOf(data)?.[0] : undefined;
}

/** Answers for names of a graph whether they are constant, and whether they are computed from sizes. */
class Constants {
  readonly #initializers: ReadonlyMap<ValueName, Tensor>;
  readonly #producers: ReadonlyMap<ValueName, Node>;

  constructor({ nodes, initializers }: Graph) {
    this.#initializers = new Map(initializers.map((tensor) => [tensor.name ?? '', tensor]));
    this.#producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  }

  /** Returns the sizes of a constant table, also of one that is stored as integers. */
  sizesOf(name: ValueName): readonly number[] | undefined {
    return this.#tensorOf(name, ['Cast', 'DequantizeLinear', 'Identity'])?.dims.map(Number);
  }

  numbersOf(name: ValueName): readonly number[] | undefined {
    const tensor = this.#tensorOf(name, ['Identity']);
    const content = tensor && tensorContent(tensor);
    return content?.every((entry) => typeof entry === 'number') ? content : undefined;
  }

  isSize(name: ValueName): boolean {
    // Step by step, each value once: by every way through Concats that join Concats it would take an age.
    let values: ReadonlySet<ValueName> = new Set([name]);
    for (let step = 0; step < mostSteps; step += 1) {
      const makers = [...values].flatMap((value) => this.#producers.get(value) ?? []);
      if (makers.some(({ opType }) => opType === 'Shape')) return true;
      const keeping = makers.filter(({ opType = '' }) => sizeKeeping.has(opType));
      values = new Set(keeping.flatMap(({ opType, inputs }) => (opType === 'Concat' ? inputs : inputs.slice(0, 1))));
    }
    return false;
  }

  isRange(name: ValueName, steps = mostSteps): boolean {
    const node = this.#producers.get(name);
    if (node === undefined || steps === 0) return false;
    if (node.opType === 'Range') return this.isSize(node.inputs[1] ?? '');
    return positionKeeping.has(node.opType ?? '') && this.isRange(node.inputs[0] ?? '', steps - 1);
  }

  #tensorOf(name: ValueName, through: readonly string[], steps = mostSteps): Tensor | undefined {
    const known = this.#initializers.get(name);
    const node = this.#producers.get(name);
    if (known !== undefined || node === undefined || steps === 0) return known;
    if (through.includes(node.opType ?? '')) return this.#tensorOf(node.inputs[0] ?? '', through, steps - 1);
    return tensorOfConstant(node);
  }
}
