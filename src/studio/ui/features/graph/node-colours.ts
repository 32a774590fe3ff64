/** What the colour of a node says: its kind, the precision of its weights, or how much it weighs in a number. */
import type { SceneItem } from './graph-scene';

export const colourings = ['operator', 'parameters', 'macs', 'precision'] as const;
export type Colouring = (typeof colourings)[number];

export const colouringTitles: Readonly<Record<Colouring, string>> = {
  operator: 'Operator',
  parameters: 'Parameters',
  macs: 'Multiply-adds',
  precision: 'Precision',
};

/** Names of the colours in GraphView.module.css. `plain` is that of what has no colour of its own. */
export type Hue = 'compute' | 'normalize' | 'activate' | 'combine' | 'shape' | 'quantize' | 'control' | 'plain';

/** A hue, and how strong it is: 0 to 1. */
export interface NodeColour {
  readonly hue: Hue;
  readonly strength: number;
}

export const hueTitles: Readonly<Record<Exclude<Hue, 'plain'>, string>> = {
  compute: 'Matrix and convolution',
  normalize: 'Normalization',
  activate: 'Activation',
  combine: 'Arithmetic and pooling',
  shape: 'Shape and selection',
  quantize: 'Quantization and cast',
  control: 'Graphs inside',
};

const operatorHues: readonly (readonly [Hue, RegExp])[] = [
  ['control', /^(If|Loop|Scan|SequenceMap)$/],
  ['quantize', /^(Q(uantize|Linear)|Dequantize|DynamicQuantize|Cast|.*Integer(ToFloat)?$|QGemm|QAttention)/],
  ['compute', /(Conv|MatMul|Gemm|Einsum|Attention|LSTM|GRU|RNN|MoE)/],
  ['normalize', /(Norm|LRN)/],
  [
    'activate',
    /^(.*Relu|.*Gelu|Elu|Selu|Celu|Sigmoid|Tanh|.*Softmax|Softplus|Softsign|Mish|Erf|HardS.*|Swish|Silu|Clip)$/i,
  ],
  [
    'shape',
    /^(Reshape|Transpose|Flatten|.*[Ss]queeze|Concat|Split|Slice|Gather.*|Scatter.*|Pad|Expand|Tile|Shape|Size|Identity|Constant.*|Range|Resize|Upsample|DepthToSpace|SpaceToDepth|NonZero|Where|OneHot|TopK)$/,
  ],
];

function hueOfOperator(op: string): Hue {
  return operatorHues.find(([, operators]) => operators.test(op))?.[0] ?? 'combine';
}

/** Groups of element types by what they cost, each with its colour. */
export const precisionHues: readonly { readonly title: string; readonly hue: Hue; readonly dtypes: RegExp }[] = [
  { title: '32 bits and more', hue: 'compute', dtypes: /^(float32|float64|u?int32|u?int64)$/ },
  { title: '16 bits', hue: 'activate', dtypes: /16$/ },
  { title: '8 bits', hue: 'normalize', dtypes: /^(u?int8|float8.*|bool)$/ },
  { title: '4 bits and fewer', hue: 'quantize', dtypes: /(int4|int2|float4.*)$/ },
];

function hueOfPrecision(precision: string | null): Hue {
  if (precision === null) return 'plain';
  return precisionHues.find(({ dtypes }) => dtypes.test(precision))?.hue ?? 'plain';
}

/** A number is shown by its share of the largest, on a scale of square roots: areas of equal colour look alike. */
export function colourItems(items: readonly SceneItem[], colouring: Colouring): NodeColour[] {
  const plain: NodeColour = { hue: 'plain', strength: 0 };
  if (colouring === 'operator') {
    return items.map(({ node }) => (node === null ? plain : { hue: hueOfOperator(node.op), strength: 0.3 }));
  }
  if (colouring === 'precision') {
    return items.map(({ item }) => ({ hue: hueOfPrecision(item.precision), strength: 0.3 }));
  }
  const numberOf = ({ node }: SceneItem): number => node?.[colouring] ?? 0;
  const most = items.reduce((largest, item) => Math.max(largest, numberOf(item)), 0);
  return items.map((item) => {
    const share = most === 0 ? 0 : Math.sqrt(numberOf(item) / most);
    return share === 0 ? plain : { hue: 'compute', strength: 0.08 + 0.5 * share };
  });
}
