/**
 * Predicts which values `quantize-static` will turn into integers. It marks them with the rules of the pass, from the
 * graph of an inspection.
 */
import type { InspectedNode, Inspection } from '../analysis/inspection';
import type { ValueName } from '../onnx/graph';
import { isDefaultDomain } from '../onnx/traverse';
import { markValues, type MarkedGraph } from '../passes/quantize/static/static-marks';
import type { StaticOptions } from '../passes/quantize/static/static-options';
import { floatNodes, schemeOf } from '../passes/quantize/static/static-scheme';
import { LinkedNodes } from '../passes/quantize/static/value-graph';

export interface ForeseenValues {
  /** Each has a QuantizeLinear of its own. */
  readonly count: number;
  /** The number of these values that a caller feeds. */
  readonly fed: number;
}

/**
 * Ranges are unknown here. The prediction assumes that asymmetric integers absorb a Relu, and that a Clip cuts off at
 * zero. Returns no values if the options have no effect.
 * @param isFolded a BatchNormalization after a Conv is part of the Conv when the pass runs.
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

/** Constants are values that no node computes and nobody feeds. No range is known or needed for them. */
class InspectedGraph extends LinkedNodes implements MarkedGraph {
  constructor(nodes: readonly InspectedNode[], inputs: Inspection['inputs'], outputs: Inspection['outputs']) {
    const asNodes = nodes.map(({ op, name, domain, inputs: read, outputs: made }) => {
      return { opType: op, name, domain, inputs: read, outputs: made, attributes: [] };
    });
    super({ nodes: asNodes, inputs, outputs });
  }

  constant(): undefined {
    return undefined;
  }

  isFloat(name: ValueName): boolean {
    return this.isInput(name) || this.producer(name) !== undefined;
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
