/** Facts of a model that decide which techniques are tried. They come from its inspection: no weight is read. */
import type { InspectedNode, Inspection } from '../analysis/inspection';
import { shrinkableInputs } from '../data/shrinkable-inputs';

export interface ModelFacts {
  readonly sizeBytes: number;
  /** The share of the file that is not weights: nodes, names, notes. */
  readonly structureShare: number;
  /** Shares of all MACs, 0 to 1; `null` while MACs are not known. */
  readonly macShares: { readonly convolutions: number; readonly products: number } | null;
  /**
   * Shares of all parameters, 0 to 1. Recurrent layers are no products here; embeddings, biases and the like are in none.
   */
  readonly weightShares: { readonly convolutions: number; readonly products: number; readonly recurrent: number };
  /** The usual width of a matrix product: the mean of √parameters over them, each by its parameters; 0: there are none. */
  readonly productWidth: number;
  /** Operators that hold weights. */
  readonly hasConvolutions: boolean;
  readonly hasProducts: boolean;
  /** Weights in float32, as a share of the bytes of all weights; 0 if these are hardly any of the file. */
  readonly floatShare: number;
  /** Most weights are quantized or in 16 bits: recipes begin with restore-float. */
  readonly isLowPrecision?: true;
  /** An input takes pictures or texts that may be smaller. */
  readonly canShrinkInput?: true;
  /** The largest table that Gather reads, as a share of all parameters. */
  readonly largestTable: { readonly path: string; readonly share: number } | null;
}

const convolutions = new Set(['Conv', 'ConvTranspose', 'FusedConv', 'ConvInteger', 'QLinearConv']);
const recurrent = new Set(['LSTM', 'GRU', 'RNN', 'DynamicQuantizeLSTM']);
const integerProducts = [
  'MatMulInteger',
  'QLinearMatMul',
  'QGemm',
  'MatMulNBits',
  'DynamicQuantizeMatMul',
  'QAttention',
];
const products = new Set([
  ...['MatMul', 'Gemm', 'FusedMatMul', 'Attention', 'MultiHeadAttention'],
  ...recurrent,
  ...integerProducts,
]);

/** @param sizeBytes of the model file and its data files together. */
export function modelFacts(inspection: Inspection, sizeBytes: number): ModelFacts {
  const { nodes, parameters, weightBytes, precision, inputs } = inspection;
  const bytesOf = (types: readonly string[]) =>
    precision.filter(({ dtype }) => types.includes(dtype)).reduce((sum, { bytes }) => sum + bytes, 0);
  const holdsWeights = weightBytes > hardlyAny * sizeBytes;
  const floatShare = holdsWeights ? bytesOf(['float32']) / weightBytes : 0;
  const isHalf = bytesOf(['float16', 'bfloat16']) > half * weightBytes;
  // Files without DequantizeLinear convert weights by Cast.
  const isCast =
    bytesOf(['int8', 'uint8', 'int4', 'uint4']) > half * weightBytes && nodes.some(({ op }) => op === 'Cast');
  const isQuantized = inspection.tensorrtRules !== undefined && floatShare <= half;
  const isLowPrecision = holdsWeights && (isHalf || isCast || isQuantized);
  return {
    sizeBytes,
    structureShare: Math.max(0, 1 - weightBytes / sizeBytes),
    macShares: macSharesOf(nodes),
    weightShares: weightSharesOf(nodes, parameters),
    productWidth: productWidthOf(nodes),
    hasConvolutions: nodes.some((node) => convolutions.has(node.op) && node.parameters > 0),
    hasProducts: nodes.some((node) => products.has(node.op) && node.parameters > 0),
    // A forest keeps its numbers in attributes, which no pass makes smaller.
    floatShare,
    ...(isLowPrecision && { isLowPrecision }),
    ...(shrinkableInputs(inputs).length > 0 && { canShrinkInput: true as const }),
    largestTable: largestTableOf(nodes, parameters),
  };
}

/** A share that is not worth making smaller: of the bytes of all weights, or of the file. */
const hardlyAny = 0.1;

/** True if there are float32 weights to change, or will be once they are restored. */
export function holdsFloats({
  floatShare,
  isLowPrecision,
}: Pick<ModelFacts, 'floatShare' | 'isLowPrecision'>): boolean {
  return floatShare > hardlyAny || isLowPrecision === true;
}

/** The kind of layers that has most of the work. */
export type ModelKind = 'convolutions' | 'products' | 'recurrent' | 'other';

const half = 0.5;
/** A weight of a convolution is used at every position: those with few weights may still do most of the work. */
const fewWeights = 0.03;

/** Counts MACs if they are known, else weights. */
export function modelKind({ macShares, weightShares: own }: ModelFacts): ModelKind {
  const convolves = macShares === null ? own.convolutions >= fewWeights : macShares.convolutions >= half;
  if (own.recurrent > 0 && own.recurrent >= own.products && !(convolves && macShares !== null)) return 'recurrent';
  if (convolves) return 'convolutions';
  return own.products > 0 ? 'products' : 'other';
}

/** Facts of the counted nodes, without the bodies of these nodes. */
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

const parametersOf = (nodes: readonly InspectedNode[]): number => nodes.reduce((sum, node) => sum + node.parameters, 0);

const isProduct = ({ op }: InspectedNode): boolean => products.has(op) && !recurrent.has(op);

function weightSharesOf(nodes: readonly InspectedNode[], parameters: number): ModelFacts['weightShares'] {
  const shareOf = (chosen: readonly InspectedNode[]) => (parameters === 0 ? 0 : parametersOf(chosen) / parameters);
  return {
    convolutions: shareOf(nodes.filter(({ op }) => convolutions.has(op))),
    products: shareOf(nodes.filter(isProduct)),
    recurrent: shareOf(nodes.filter(({ op }) => recurrent.has(op))),
  };
}

function productWidthOf(nodes: readonly InspectedNode[]): number {
  const own = nodes.filter(isProduct);
  const total = parametersOf(own);
  return total === 0 ? 0 : own.reduce((sum, node) => sum + node.parameters ** 1.5, 0) / total;
}

function largestTableOf(nodes: readonly InspectedNode[], parameters: number): ModelFacts['largestTable'] {
  const [largest] = nodes.filter(({ op }) => op === 'Gather').toSorted((a, b) => b.parameters - a.parameters);
  if (largest === undefined || largest.parameters === 0 || parameters === 0) return null;
  return { path: largest.path, share: largest.parameters / parameters };
}
