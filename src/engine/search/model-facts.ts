/** What of a model decides which techniques are worth a try. From its inspection alone: no weight is read. */
import type { InspectedNode, Inspection } from '../analysis/inspection';

export interface ModelFacts {
  readonly sizeBytes: number;
  /** Shares of all MACs, 0 to 1; `null` while MACs are not known. */
  readonly macShares: { readonly convolutions: number; readonly products: number } | null;
  /** Operators that hold weights. */
  readonly hasConvolutions: boolean;
  readonly hasProducts: boolean;
  /** Weights in float32, as a share of the bytes of all weights. */
  readonly floatShare: number;
  /** The largest table that Gather reads, as a share of all parameters. */
  readonly largestTable: { readonly path: string; readonly share: number } | null;
}

const convolutions = new Set(['Conv', 'ConvTranspose', 'FusedConv']);
const products = new Set(['MatMul', 'Gemm', 'FusedMatMul', 'LSTM', 'GRU', 'RNN', 'Attention', 'MultiHeadAttention']);

export function modelFacts(inspection: Inspection, sizeBytes: number): ModelFacts {
  const { nodes, parameters, weightBytes, precision } = inspection;
  const floats = precision.find(({ dtype }) => dtype === 'float32');
  return {
    sizeBytes,
    macShares: macSharesOf(nodes),
    hasConvolutions: nodes.some((node) => convolutions.has(node.op) && node.parameters > 0),
    hasProducts: nodes.some((node) => products.has(node.op) && node.parameters > 0),
    floatShare: weightBytes === 0 ? 0 : (floats?.bytes ?? 0) / weightBytes,
    largestTable: largestTableOf(nodes, parameters),
  };
}

/** Of the nodes that count, whose bodies are not among them. */
function macSharesOf(nodes: readonly InspectedNode[]): ModelFacts['macShares'] {
  const counted = nodes.filter(({ inBody }) => inBody === undefined);
  const sumOf = (chosen: readonly InspectedNode[]) => chosen.reduce((sum, { macs }) => sum + (macs ?? 0), 0);
  const total = sumOf(counted);
  if (total === 0) return null;
  return {
    convolutions: sumOf(counted.filter(({ op }) => convolutions.has(op))) / total,
    products: sumOf(counted.filter(({ op }) => products.has(op))) / total,
  };
}

function largestTableOf(nodes: readonly InspectedNode[], parameters: number): ModelFacts['largestTable'] {
  const [largest] = nodes.filter(({ op }) => op === 'Gather').toSorted((a, b) => b.parameters - a.parameters);
  if (largest === undefined || largest.parameters === 0 || parameters === 0) return null;
  return { path: largest.path, share: largest.parameters / parameters };
}
