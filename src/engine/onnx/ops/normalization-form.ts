/** The common form of normalizations of whole tokens: the source of the sum that they normalize, and their parameters. */
import type { Node, ValueName } from '../graph';
import { getAttributeFloat } from '../traverse';

export interface NormalizationForm {
  /** True if the mean is subtracted first; otherwise the values are divided by the root of their mean square. */
  readonly isCentered: boolean;
  readonly epsilon: number;
  readonly scale?: ValueName;
  readonly bias?: ValueName;
  /** Adds the nodes that compute the value to normalize, and returns its name. */
  sum(nodes: Node[], freshName: (purpose: string) => ValueName): ValueName;
}

interface Operator {
  readonly isCentered: boolean;
  readonly usualEpsilon: number;
  /** Inputs. */
  readonly scale: number;
  readonly bias?: number;
  readonly sum: (node: Node, nodes: Node[], freshName: (purpose: string) => ValueName) => ValueName;
}

const firstInput: Operator['sum'] = ({ inputs }) => inputs[0]!;

/** Input, skip, and the bias of the node before. */
const sumWith =
  (bias: number): Operator['sum'] =>
  ({ inputs, outputs }, nodes, freshName) => {
    const [first, ...others] = [inputs[0]!, inputs[1]!, inputs[bias] ?? ''].filter((name) => name !== '');
    return others.reduce((sum, operand, at) => {
      const output = (at === others.length - 1 && outputs[3]) || freshName('sum');
      nodes.push({ opType: 'Add', inputs: [sum, operand], outputs: [output], attributes: [] });
      return output;
    }, first!);
  };

/** The operator itself gives the sum as its third output. */
const ownSum: Operator['sum'] = (node, nodes, freshName) => {
  const sum = node.outputs[2] || freshName('sum');
  nodes.push({ ...node, outputs: [freshName('over_all'), node.outputs[1] || freshName('mask'), sum] });
  return sum;
};

const layer: Operator = { isCentered: true, usualEpsilon: 1e-5, scale: 1, bias: 2, sum: firstInput };
const rootMeanSquare: Operator = { isCentered: false, usualEpsilon: 1e-5, scale: 1, sum: firstInput };
const operators: ReadonlyMap<string, Operator> = new Map([
  ['LayerNormalization', layer],
  ['RMSNormalization', rootMeanSquare],
  ['SimplifiedLayerNormalization', rootMeanSquare],
  ['SkipLayerNormalization', { ...layer, usualEpsilon: 1e-12, scale: 2, bias: 3, sum: sumWith(4) }],
  ['SkipSimplifiedLayerNormalization', { ...rootMeanSquare, usualEpsilon: 1e-12, scale: 2, sum: sumWith(3) }],
  ['EmbedLayerNormalization', { ...layer, usualEpsilon: 1e-12, scale: 5, bias: 6, sum: ownSum }],
]);

/** `undefined` for other operators. */
export function normalizationForm(node: Node): NormalizationForm | undefined {
  const operator = operators.get(node.opType ?? '');
  if (operator === undefined) return undefined;
  const { isCentered, usualEpsilon, scale, bias, sum } = operator;
  return {
    isCentered,
    epsilon: getAttributeFloat(node, 'epsilon') ?? usualEpsilon,
    scale: node.inputs[scale] || undefined,
    bias: (bias !== undefined && node.inputs[bias]) || undefined,
    sum: (nodes, freshName) => sum(node, nodes, freshName),
  };
}
