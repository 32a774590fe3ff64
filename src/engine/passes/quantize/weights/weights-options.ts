/** Options of quantize-weights: their description, and their values made ready for use. */
import type { OptionSpec, OptionsOf } from '../../option-spec';
import { leftNodes, takenNodes } from '../../node-choice';

/** The operators whose weights can be stored in fewer bits. */
export const layerOperators = ['MatMul', 'Gemm', 'Conv', 'ConvTranspose', 'Gather', 'LSTM', 'GRU'] as const;
export type LayerOperator = (typeof layerOperators)[number];

/** The rounding method of a layer. */
export type LayerMethod = Exclude<WeightsOptions['method'], 'by-layer'>;

/** Methods that use statistics of the inputs of the layer. */
export type InputMethod = Extract<LayerMethod, 'gptq' | 'adaround'>;

/** True if the method uses calibration data. */
export function isInputMethod(method: WeightsOptions['method']): method is InputMethod {
  return method === 'gptq' || method === 'adaround';
}

/** Methods that use the weights alone. */
export type DataFreeMethod = Exclude<LayerMethod, InputMethod>;

/**
 * The first and the last layer keep 8 bits if they hold no more of the weights than this, together or the smaller
 * alone.
 */
export const smallEndsShare = 0.15;

/** The smallest layers keep 8 bits too, if they hold together at most this share of the weights. */
export const smallLayersShare = 0.08;

export const weightsOptionSpecs = {
  bits: {
    kind: 'choice',
    default: '4',
    isAmount: true,
    label: 'Bits',
    explanation: 'Bits per weight.',
    choices: [
      { value: '4', label: '4', explanation: 'About 1/6 of the size. The smallest layers keep 8 bits.' },
      { value: '8', label: '8', explanation: '1/4 of the size, nearly identical outputs.' },
      {
        value: '2',
        label: '2',
        explanation: 'Matrix products only; the rest keeps 4 bits. Outputs differ a lot: use data, and compare.',
      },
    ],
  },
  method: {
    kind: 'choice',
    default: 'gptq',
    label: 'Rounding',
    explanation: 'How weights are rounded.',
    choices: [
      {
        value: 'gptq',
        label: 'GPTQ, on your data',
        explanation: 'Each layer compensates for earlier rounding errors. Without data, chosen per layer.',
      },
      {
        value: 'adaround',
        label: 'AdaRound, on your data',
        explanation:
          'Learns layer by layer which weights to round up or down: slightly closer than GPTQ, two to four times as slow.',
      },
      {
        value: 'by-layer',
        label: 'Automatic',
        explanation:
          'Without data: SQuant for convolutions after activations; 8 bits to nearest; otherwise least squared error.',
      },
      { value: 'rtn', label: 'To nearest', explanation: 'Each weight separately, from the least to the largest.' },
      {
        value: 'squant',
        label: 'SQuant',
        explanation: 'To nearest, with errors that cancel out in each output: best for convolutions without data.',
      },
      {
        value: 'mse',
        label: 'Least squared error',
        explanation: 'To nearest, in the range with the least error.',
      },
      { value: 'k-quant', label: 'k-quant', explanation: 'To nearest, in ranges that favor large weights.' },
    ],
  },
  blockSize: {
    kind: 'choice',
    default: '32',
    label: 'Block size',
    explanation: 'How many weights share a scale. Smaller blocks are more accurate and take more bytes.',
    choices: [
      { value: '0', label: 'Per channel', explanation: 'One scale per output of a layer.' },
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
    explanation: 'Centers ranges on zero: no zero points to store, usually slightly less accurate.',
    advanced: true,
  },
  form: {
    kind: 'choice',
    default: 'auto',
    label: 'Stored as',
    explanation: 'The operators that convert integers to weights.',
    advanced: true,
    choices: [
      {
        value: 'auto',
        label: 'Automatic',
        explanation: 'DequantizeLinear, which the runtime can apply once at load; embedding tables row by row.',
      },
      {
        value: 'matmul-nbits',
        label: 'MatMulNBits',
        explanation: 'Matrix products that read integers: less memory, slower on WASM. ONNX Runtime operators.',
      },
      { value: 'dequantize', label: 'DequantizeLinear', explanation: 'Standard ONNX operators only.' },
    ],
  },
  accuracyLevel: {
    kind: 'choice',
    default: 'unset',
    label: 'Arithmetic level',
    explanation: 'The accuracy_level of MatMulNBits.',
    advanced: true,
    choices: [
      {
        value: 'unset',
        label: 'Not set',
        explanation: 'The runtime chooses. On WASM, no level changes times or outputs.',
      },
      {
        value: '4',
        label: '4: int8',
        explanation:
          'Activations become int8: faster on native servers, slightly less accurate. On WebGPU, measure both.',
      },
    ],
  },
  opTypes: {
    kind: 'list',
    default: layerOperators,
    choices: [...layerOperators],
    label: 'Operators',
    explanation: 'Operator types whose weights are quantized.',
    advanced: true,
  },
  keepEnds: {
    kind: 'boolean',
    default: true,
    label: 'Small layers in 8 bits',
    explanation: 'The smallest layers keep 8 bits, and so do the first and last if small: slightly larger, and closer.',
    advanced: true,
  },
  tables: {
    kind: 'choice',
    default: 'as-others',
    label: 'Embedding tables',
    explanation: 'Bits of tables that are read row by row.',
    advanced: true,
    choices: [
      { value: 'as-others', label: 'As others', explanation: 'The bits above.' },
      {
        value: '8',
        label: '8 bits',
        explanation: 'By standard operators on every runtime. A table that is also a product stays unchanged.',
      },
    ],
  },
  bitsByLayer: {
    kind: 'map',
    default: {},
    minimum: 2,
    maximum: 8,
    values: [2, 4, 8],
    label: 'Bits per layer',
    explanation: 'Layers by name with 2, 4 or 8 bits. Others use the bits above.',
    advanced: true,
  },
  blockSizeByLayer: {
    kind: 'map',
    default: {},
    minimum: 0,
    maximum: 256,
    values: [0, 16, 32, 64, 128, 256],
    label: 'Block size per layer',
    explanation: 'Layers by name with the weights per scale; 0 for one per channel. Others as above.',
    advanced: true,
  },
  include: {
    ...takenNodes,
    explanation: 'Nodes to quantize. Empty: all of the chosen types.',
  },
  exclude: leftNodes,
} as const satisfies Record<string, OptionSpec>;

export type WeightsOptions = OptionsOf<typeof weightsOptionSpecs>;

/** The block that options need not name. A form that needs blocks also uses it if the options ask for channels. */
export const usualBlockSize = Number(weightsOptionSpecs.blockSize.default);
