/** Options of quantize-weights: their description, and their values made ready for use. */
import type { OptionSpec, OptionsOf } from '../../option-spec';
import { leftNodes, takenNodes } from '../node-choice';

/** The operators whose weights can be stored in fewer bits. */
export const layerOperators = ['MatMul', 'Gemm', 'Conv', 'ConvTranspose', 'Gather', 'LSTM', 'GRU'] as const;
export type LayerOperator = (typeof layerOperators)[number];

/** How the whole numbers of a layer are chosen. */
export type LayerMethod = Exclude<WeightsOptions['method'], 'by-layer'>;

/** Likewise, on what is known of the inputs of the layer. */
export type InputMethod = Extract<LayerMethod, 'gptq' | 'adaround'>;

/** Likewise, from the weights alone. */
export type DataFreeMethod = Exclude<LayerMethod, InputMethod>;

/** The first and the last layer keep 8 bits where they hold no more of the weights than this, together or the smaller alone. */
export const smallEndsShare = 0.15;

/** So do the smallest layers that hold no more than this together. */
export const smallLayersShare = 0.08;

export const weightsOptionSpecs = {
  bits: {
    kind: 'choice',
    default: '4',
    isAmount: true,
    label: 'Bits',
    explanation: 'How many bits a weight takes.',
    choices: [
      { value: '4', label: '4', explanation: 'About a sixth of the size; the smallest layers keep 8 bits.' },
      { value: '8', label: '8', explanation: 'A quarter of the size, and answers that hardly differ.' },
      {
        value: '2',
        label: '2',
        explanation: 'Matrix products only; all else keeps 4. Answers differ a lot: give data, and compare.',
      },
    ],
  },
  method: {
    kind: 'choice',
    default: 'gptq',
    label: 'Rounding',
    explanation: 'How the whole number of each weight is chosen.',
    choices: [
      {
        value: 'gptq',
        label: 'GPTQ, on your data',
        explanation:
          'Each layer makes up for the errors of rounding before it. Without data, what suits each layer instead.',
      },
      {
        value: 'adaround',
        label: 'AdaRound, on your data',
        explanation:
          'Learns layer by layer which weights to round up and which down: a little nearer than GPTQ, two to four times as long.',
      },
      {
        value: 'by-layer',
        label: 'What suits each layer',
        explanation:
          'Without data: SQuant for convolutions behind activations, elsewhere the least squared error, in 8 bits to nearest.',
      },
      { value: 'rtn', label: 'To nearest', explanation: 'Each weight for itself, from the least to the largest.' },
      {
        value: 'squant',
        label: 'SQuant',
        explanation:
          'To nearest, but so that the errors of an output add up to nothing: best for convolutions without data.',
      },
      {
        value: 'mse',
        label: 'Least squared error',
        explanation: 'To nearest, in the range that leaves the least error.',
      },
      { value: 'k-quant', label: 'k-quant', explanation: 'To nearest, in ranges where large weights count more.' },
    ],
  },
  blockSize: {
    kind: 'choice',
    default: '32',
    label: 'Weights that share a scale',
    explanation: 'Smaller blocks follow the weights more closely and take more bytes.',
    choices: [
      { value: '0', label: 'A channel', explanation: 'One scale for each output of a layer.' },
      { value: '16', label: '16', explanation: 'Blocks of 16.' },
      { value: '32', label: '32', explanation: 'Blocks of 32.' },
      { value: '64', label: '64', explanation: 'Blocks of 64.' },
      { value: '128', label: '128', explanation: 'Blocks of 128.' },
      { value: '256', label: '256', explanation: 'Blocks of 256.' },
    ],
  },
  symmetric: {
    kind: 'boolean',
    default: false,
    label: 'Symmetric',
    explanation: 'Centres the range of whole numbers on zero: no zero points to store, mostly a little less accurate.',
    advanced: true,
  },
  form: {
    kind: 'choice',
    default: 'auto',
    label: 'Stored as',
    explanation: 'The operators that turn whole numbers back into weights.',
    advanced: true,
    choices: [
      {
        value: 'auto',
        label: 'What suits the layer',
        explanation: 'DequantizeLinear, which the runtime can do once when it loads; tables of embeddings row by row.',
      },
      {
        value: 'matmul-nbits',
        label: 'MatMulNBits',
        explanation: 'Matrix products that read whole numbers: less memory, slower on WASM. Operators of ONNX Runtime.',
      },
      { value: 'dequantize', label: 'DequantizeLinear', explanation: 'Operators of ONNX alone.' },
    ],
  },
  opTypes: {
    kind: 'list',
    default: layerOperators,
    choices: [...layerOperators],
    label: 'Operators',
    explanation: 'Operator types whose weights are stored in fewer bits.',
    advanced: true,
  },
  keepEnds: {
    kind: 'boolean',
    default: true,
    label: 'Small layers in 8 bits',
    explanation:
      'The smallest layers, and the first and the last where they hold few of the weights, keep 8 bits: hardly larger, and closer.',
    advanced: true,
  },
  bitsByLayer: {
    kind: 'map',
    default: {},
    minimum: 2,
    maximum: 8,
    values: [2, 4, 8],
    label: 'Bits of single layers',
    explanation: 'Layers by name with 2, 4 or 8 bits; the others take the bits above.',
    advanced: true,
  },
  blockSizeByLayer: {
    kind: 'map',
    default: {},
    minimum: 0,
    maximum: 256,
    values: [0, 16, 32, 64, 128, 256],
    label: 'Blocks of single layers',
    explanation: 'Layers by name with how many weights share a scale, 0 for a channel; the others as above.',
    advanced: true,
  },
  include: {
    ...takenNodes,
    explanation: 'Names of nodes whose weights are quantized; empty means all of the chosen types.',
  },
  exclude: leftNodes,
} as const satisfies Record<string, OptionSpec>;

export type WeightsOptions = OptionsOf<typeof weightsOptionSpecs>;

/** The block that options need not name, and that of a form that has blocks where they ask for channels. */
export const usualBlockSize = Number(weightsOptionSpecs.blockSize.default);
