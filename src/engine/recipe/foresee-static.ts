/** Which values `quantize-static` will turn into integers: marked as the pass marks them, on what an inspection knows of the graph. */
import type { InspectedNode, Inspection } from '../analysis/inspection';
import type { Node, ValueName } from '../onnx/graph';
import { isDefaultDomain } from '../onnx/traverse';
import { markValues, type MarkedGraph } from '../passes/quantize/static/static-marks';
import type { StaticOptions } from '../passes/quantize/static/static-options';
import { floatNodes, schemeOf } from '../passes/quantize/static/static-scheme';

export interface ForeseenValues {
  /** Each has a QuantizeLinear of its own. */
  readonly count: number;
  /** How many of them a caller feeds. */
  readonly fed: number;
}

/**
 * As far as ranges do not decide: what a Relu cuts off is taken to be cut off by integers that are not symmetric, and a Clip to cut
 * off at zero. None where the options come to nothing.
 * @param isFolded a BatchNormalization after a Conv is part of it by then.
 */
export function foreseeStaticValues(
  { nodes, inputs, outputs }: Pick<Inspection, 'nodes' | 'inputs' | 'outputs'>,
  options: StaticOptions,
  isFolded: boolean,
): ForeseenValues {
  const scheme = schemeOf(options);
  if ('code' in scheme) return { count: 0, fed: 0 };
  const main = nodes.filter(({ inBody }) => !inBody);
  const graph = new InspectedGraph(isFolded ? withoutNormalization(main) : main, inputs, outputs);
  const [include, exclude] = [new Set(options.include), new Set([...options.exclude, ...floatNodes(options)])];
  const selected = graph.nodes.filter(({ name = '', opType = '', domain }) => {
    const isWanted = scheme.operators?.has(opType) ?? true;
    const isTaken = include.size > 0 ? include.has(name) : (options.opTypes as readonly string[]).includes(opType);
    return isDefaultDomain(domain) && isWanted && isTaken && !exclude.has(name);
  });
  const bounds = selected.map((node) => (node.opType === 'Clip' ? { ...node, opType: 'Relu' } : node));
  const startsAtZero = () => !scheme.activation.symmetric;
  const { marks } = markValues(bounds, { graph, scheme: { ...scheme, perChannel: false }, startsAtZero });
  return { count: marks.size, fed: [...marks.keys()].filter((name) => graph.isInput(name)).length };
}

/** Constants are what nobody computes and nobody feeds: of them nothing is known, and nothing is asked. */
class InspectedGraph implements MarkedGraph {
  readonly nodes: readonly Node[];
  readonly #inputs: ReadonlySet<ValueName>;
  readonly #outputs: ReadonlySet<ValueName>;
  readonly #producers = new Map<ValueName, Node>();
  readonly #readers = new Map<ValueName, Node[]>();

  constructor(nodes: readonly InspectedNode[], given: Inspection['inputs'], taken: Inspection['outputs']) {
    this.nodes = nodes.map(({ op, name, domain, inputs, outputs }) => {
      return { opType: op, name, domain, inputs, outputs, attributes: [] };
    });
    this.#inputs = new Set(given.map(({ name }) => name));
    this.#outputs = new Set(taken.map(({ name }) => name));
    for (const node of this.nodes) {
      for (const name of node.outputs) this.#producers.set(name, node);
      for (const name of node.inputs) this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
    }
  }

  constant(): undefined {
    return undefined;
  }

  isFloat(name: ValueName): boolean {
    return this.#inputs.has(name) || this.#producers.has(name);
  }

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

function withoutNormalization(nodes: readonly InspectedNode[]): readonly InspectedNode[] {
  const convolved = new Set(nodes.flatMap(({ op, outputs }) => (op === 'Conv' ? outputs : [])));
  const folded = nodes.filter(({ op, inputs }) => op === 'BatchNormalization' && convolved.has(inputs[0] ?? ''));
  const names = new Map(folded.map(({ inputs, outputs }) => [inputs[0]!, outputs[0]!]));
  return nodes
    .filter((node) => !folded.includes(node))
    .map((node) => ({ ...node, outputs: node.outputs.map((name) => names.get(name) ?? name) }));
}
