/** Nodes by what their operator does. */
import type { NodeClass, NodeClassification } from './node-classification';
import { perObject } from '../state/workspace/per-object';

interface OperatorKind extends NodeClass {
  /** `null`: every operator that no other kind has. */
  readonly operators: RegExp | null;
}

const kinds: readonly OperatorKind[] = [
  {
    title: 'Matrix and convolution',
    hue: 'compute',
    operators: /(Conv|MatMul|Gemm|Einsum|Attention|LSTM|GRU|RNN|MoE)/,
  },
  { title: 'Normalization', hue: 'normalize', operators: /(Norm|LRN)/ },
  {
    title: 'Activation',
    hue: 'activate',
    operators:
      /^(.*Relu|.*Gelu|Elu|Selu|Celu|Sigmoid|Tanh|.*Softmax|Softplus|Softsign|Mish|Erf|Hard(S.*|max)|Shrink|Swish|Silu|Clip)$/i,
  },
  { title: 'Arithmetic and pooling', hue: 'combine', operators: null },
  {
    title: 'Shape and selection',
    hue: 'shape',
    operators:
      /^(Reshape|Transpose|Flatten|.*[Ss]queeze|Concat|Split|Slice|Gather.*|Scatter.*|Pad|Expand|Tile|Shape|Size|Identity|Constant.*|Range|Resize|Upsample|DepthToSpace|SpaceToDepth|NonZero|Where|OneHot|TopK)$/,
  },
  {
    title: 'Quantization and cast',
    hue: 'quantize',
    operators: /^(Q(uantize|Linear)|Dequantize|DynamicQuantize|Cast|.*Integer(ToFloat)?$|QGemm|QAttention)/,
  },
  { title: 'Graphs inside', hue: 'control', operators: /^(If|Loop|Scan|SequenceMap)$/ },
];

/** `MatMulInteger` is both a product and quantized: the kinds at the end are the narrower ones. */
const narrowestFirst = kinds.filter(({ hue }) => hue === 'control' || hue === 'quantize').toReversed();
const ordered = [...narrowestFirst, ...kinds.filter((kind) => !narrowestFirst.includes(kind))];
const otherKind = kinds.find(({ operators }) => operators === null)!;

export function kindOfOperator(op: string): NodeClass {
  return ordered.find(({ operators }) => operators?.test(op)) ?? otherKind;
}

export const operatorKinds: NodeClassification = {
  id: 'operator',
  title: 'Operator',
  classes: kinds,
  withoutClass: null,
  classesOf: perObject(
    ({ inspection }) => new Map(inspection.nodes.map(({ path, op }) => [path, kindOfOperator(op)] as const)),
  ),
};
