/** Options of quantize-static: their description. */
import type { OptionSpec, OptionsOf } from '../../option-spec';
import { leftNodes, takenNodes } from '../node-choice';

/**
 * Operators around which activations are quantized, as ONNX Runtime's tool does it, without normalizations: these have no
 * integer kernel, and would only lose digits.
 */
export const staticOperators = [
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'Add',
  'Mul',
  'Relu',
  'Clip',
  'LeakyRelu',
  'Sigmoid',
  'Softmax',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'Concat',
  'Flatten',
  'Split',
  'Gather',
  'Pad',
  'Reshape',
  'Resize',
  'Slice',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
  'Where',
] as const;

export const staticOptionSpecs = {
  calibrator: {
    kind: 'choice',
    default: 'minmax',
    label: 'Range of activations',
    explanation: 'How the range that is spread over the integers is chosen from your data.',
    choices: [
      { value: 'minmax', label: 'Smallest to largest', explanation: 'All that was seen.' },
      { value: 'entropy', label: 'Entropy', explanation: 'Keeps the shape of the distribution; may cut off a lot.' },
      { value: 'percentile', label: 'Percentile', explanation: 'Leaves out the rarest large values.' },
      {
        value: 'moving-average',
        label: 'Mean of samples',
        explanation: 'The mean of what each sample spans: cuts off what few samples reach.',
      },
    ],
  },
  percentile: {
    kind: 'number',
    default: 99.999,
    minimum: 90,
    maximum: 100,
    step: 0.001,
    label: 'Percentile',
    explanation: 'The share of values, in percent, that the range of the calibrator "percentile" covers.',
    advanced: true,
  },
  bins: {
    kind: 'number',
    default: 2048,
    minimum: 128,
    maximum: 4096,
    step: 1,
    label: 'Bins',
    explanation:
      'How finely the calibrators "entropy" and "percentile" look. ONNX Runtime has 128 for entropy, with which nothing is cut off.',
    advanced: true,
  },
  biasCorrection: {
    kind: 'boolean',
    default: true,
    label: 'Correct biases',
    explanation: 'Shifts every bias by the mean error of its layer on your data: more accurate for no bytes.',
  },
  closeness: {
    kind: 'number',
    default: 24,
    minimum: 0,
    maximum: 40,
    step: 1,
    label: 'Stay close',
    explanation:
      'The SQNR of the outputs that is to be kept, in dB: 20 is an error of a tenth. Values that cost too much for that stay float32. 0: none does.',
  },
  rounding: {
    kind: 'choice',
    default: 'nearest',
    label: 'Rounding of weights',
    explanation: 'How the integer of each weight is chosen.',
    advanced: true,
    choices: [
      { value: 'nearest', label: 'To nearest', explanation: 'Each weight for itself.' },
      {
        value: 'adaround',
        label: 'AdaRound',
        explanation: 'Learns layer by layer which weights to round up and which down: worth its time in 4 bits.',
      },
    ],
  },
  perChannel: {
    kind: 'boolean',
    default: true,
    label: 'Per channel',
    explanation: 'Gives every output channel of a weight its own scale: more accurate, hardly larger.',
    advanced: true,
  },
  target: {
    kind: 'choice',
    default: 'onnxruntime',
    label: 'Made for',
    explanation: 'The runtime whose rules the integers follow.',
    choices: [
      { value: 'onnxruntime', label: 'ONNX Runtime', explanation: 'On processors: also in the browser, on WASM.' },
      {
        value: 'tensorrt',
        label: 'TensorRT',
        explanation: 'int8 around zero before every product, biases in float32.',
      },
      { value: 'openvino', label: 'OpenVINO', explanation: 'As for ONNX Runtime, of standard operators alone.' },
      { value: 'webnn', label: 'WebNN', explanation: 'As for ONNX Runtime, of standard operators alone.' },
    ],
  },
  format: {
    kind: 'choice',
    default: 'qdq',
    label: 'Written as',
    explanation: 'How integers stand in the file.',
    advanced: true,
    choices: [
      { value: 'qdq', label: 'QDQ', explanation: 'Float operators between QuantizeLinear and DequantizeLinear.' },
      {
        value: 'qoperator',
        label: 'QOperator',
        explanation: 'Operators of integers, as QLinearConv: for old versions of ONNX Runtime, and smaller graphs.',
      },
    ],
  },
  activationType: {
    kind: 'choice',
    default: 'uint8',
    label: 'Activation type',
    explanation: 'The integers that activations become. For TensorRT it is int8.',
    advanced: true,
    choices: [
      { value: 'uint8', label: 'uint8', explanation: 'The fastest on WASM and on processors.' },
      { value: 'int8', label: 'int8', explanation: 'The same values for runtimes that want signed numbers.' },
      { value: 'uint16', label: 'uint16', explanation: 'Hardly an error, and no faster than float: no kernel has it.' },
      { value: 'int16', label: 'int16', explanation: 'The same with signed numbers.' },
    ],
  },
  integerEnds: {
    kind: 'boolean',
    default: false,
    label: 'Integers in and out',
    explanation:
      'Inputs and outputs are integers too: for devices without floats. Their scales stand in the metadata of the file.',
    advanced: true,
  },
  symmetricActivations: {
    kind: 'boolean',
    default: false,
    label: 'Activations around zero',
    explanation: 'Zero becomes the middle integer: some hardware wants it; a Relu wastes half of the integers.',
    advanced: true,
  },
  weightType: {
    kind: 'choice',
    default: 'int8',
    label: 'Weight type',
    explanation: 'The integers that weights become. For TensorRT it is int8.',
    advanced: true,
    choices: [
      { value: 'int8', label: 'int8', explanation: 'What kernels are made for.' },
      {
        value: 'uint8',
        label: 'uint8',
        explanation: 'For x86 servers without VNNI, whose sums do not saturate with it.',
      },
      { value: 'int16', label: 'int16', explanation: 'No kernel multiplies it: float speed.' },
      { value: 'uint16', label: 'uint16', explanation: 'The same without a sign.' },
      {
        value: 'int4',
        label: 'int4',
        explanation: 'To nearest it costs a lot: choose AdaRound, or quantize-weights.',
      },
      { value: 'uint4', label: 'uint4', explanation: 'The same without a sign.' },
    ],
  },
  symmetricWeights: {
    kind: 'choice',
    default: 'auto',
    label: 'Weights around zero',
    explanation: 'Whether weights with one scale have zero as the middle integer; those per channel always do.',
    advanced: true,
    choices: [
      { value: 'auto', label: 'Where they are signed', explanation: 'As ONNX Runtime has it.' },
      { value: 'true', label: 'Always', explanation: 'Also those of types without a sign.' },
      { value: 'false', label: 'Never', explanation: 'Zero lies where the weights have it.' },
    ],
  },
  reduceRange: {
    kind: 'boolean',
    default: false,
    label: 'Reduced range',
    explanation: 'Uses one bit less for weights: for x86 servers without VNNI, whose integer sums would saturate.',
    advanced: true,
  },
  opTypes: {
    kind: 'list',
    default: staticOperators,
    choices: [...staticOperators],
    label: 'Operators',
    explanation: 'Operator types whose inputs and outputs become integers.',
    advanced: true,
  },
  include: { ...takenNodes, explanation: 'Names of nodes to quantize; empty means all of the chosen types.' },
  exclude: leftNodes,
  overrides: {
    kind: 'map',
    default: {},
    minimum: 4,
    maximum: 32,
    values: [4, 8, 16, 32],
    label: 'Bits of single nodes',
    explanation: 'Nodes by name: 4 for the weights alone, 8, 16 for what they read and compute; 32 leaves them float.',
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type StaticOptions = OptionsOf<typeof staticOptionSpecs>;
