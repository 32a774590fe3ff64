/** Normalizations that exporters write as means, squares and roots: which means channels may leave. */
import type { Graph, Node, Tensor, ValueName } from '../graph';
import { isFloatDataType } from '../data-type';
import { elementCount, readFloat32, readIntegers } from '../tensor';
import { isDefaultDomain, producersIn, readersIn, type Readers } from '../traverse';

/**
 * Returns the ReduceMean nodes that belong to normalizations: their results are only subtracted from the values, or
 * become roots with an epsilon. If a mean is multiplied by a number, that number may depend on the count of channels,
 * as in a variance over n − 1. It would become wrong.
 */
export function meansOfNormalizations(graph: Graph, constants: ReadonlyMap<ValueName, Tensor>): ReadonlySet<Node> {
  const means = graph.nodes.filter(({ opType, domain }) => opType === 'ReduceMean' && isDefaultDomain(domain));
  if (means.length === 0) return new Set();
  const walk = new Walk(graph, constants);
  return new Set(means.filter((mean) => walk.normalizes(mean)));
}

const unary = new Set(['Sqrt', 'Reciprocal', 'Cast', 'Identity']);

class Walk {
  readonly #constants: ReadonlyMap<ValueName, Tensor>;
  readonly #producers: ReadonlyMap<ValueName, Node>;
  readonly #readers: Readers;

  constructor(graph: Graph, constants: ReadonlyMap<ValueName, Tensor>) {
    this.#constants = constants;
    this.#producers = producersIn(graph.nodes);
    this.#readers = readersIn(graph);
  }

  normalizes({ inputs, outputs }: Node): boolean {
    const readers = this.#readers.get(outputs[0]!) ?? [];
    const isTakenAway = readers.some((reader) => reader?.opType === 'Sub' && reader.inputs[0] === inputs[0]);
    return (isTakenAway || this.#isSquare(inputs[0]!)) && this.#isFree(outputs[0]!, isTakenAway);
  }

  #isSquare(name: ValueName): boolean {
    const node = this.#producers.get(name);
    if (node?.opType === 'Mul') return node.inputs[0] === node.inputs[1];
    return node?.opType === 'Pow' && this.#numberOf(node.inputs[1]!) === 2;
  }

  /** True if the mean reaches the channels again with no more than an epsilon added, and through a root unless it needs none. */
  #isFree(name: ValueName, isRooted: boolean): boolean {
    const readers = this.#readers.get(name) ?? [];
    if (readers.length === 0) return false;
    return readers.every((node) => {
      if (node === undefined) return false;
      const { opType = '', domain, inputs, outputs } = node;
      if (!isDefaultDomain(domain)) return false;
      if (unary.has(opType)) return this.#isFree(outputs[0]!, isRooted || opType === 'Sqrt');
      if (inputs.length !== 2) return false;
      const number = this.#numberOf(inputs[inputs[0] === name ? 1 : 0]!);
      switch (opType) {
        case 'Add':
        case 'Max':
          return number === undefined ? isRooted : this.#isFree(outputs[0]!, isRooted);
        case 'Pow':
          return inputs[0] === name && Math.abs(number ?? 0) === 0.5 && this.#isFree(outputs[0]!, true);
        case 'Div':
          if (number === undefined) return isRooted;
          return number === 1 && inputs[1] === name && this.#isFree(outputs[0]!, isRooted);
        case 'Sub':
        case 'Mul':
          return number === undefined && isRooted;
        default:
          return false;
      }
    });
  }

  /** Returns the number in a constant with one element. */
  #numberOf(name: ValueName): number | undefined {
    const tensor = this.#constants.get(name);
    if (tensor === undefined || elementCount(tensor) !== 1) return undefined;
    return isFloatDataType(tensor.dataType ?? 0) ? readFloat32(tensor)[0] : Number(readIntegers(tensor)[0]);
  }
}
