/** Options of quantize-static: their description. */
import type { OptionSpec, OptionsOf } from '../../option-spec';
import { leftNodes, takenNodes } from '../../node-choice';

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
    label: 'Activation ranges',
    explanation: 'How ranges are chosen from your data.',
    choices: [
      { value: 'minmax', label: 'Smallest to largest', explanation: 'All values seen.' },
      { value: 'entropy', label: 'Entropy', explanation: 'Keeps the shape of the distribution; may clip a lot.' },
      { value: 'percentile', label: 'Percentile', explanation: 'Clips the rarest large values.' },
      {
        value: 'moving-average',
        label: 'Mean of samples',
        explanation: 'The mean range of samples: clips values that few samples reach.',
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
    explanation: 'For the calibrator "percentile": the percentage of values inside the range.',
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
      'Histogram resolution of the calibrators "entropy" and "percentile". ONNX Runtime uses 128 for entropy, which clips nothing.',
    advanced: true,
  },
  biasCorrection: {
    kind: 'boolean',
    default: true,
    label: 'Correct biases',
    explanation: 'Shifts each bias by the mean error of its layer on your data: more accurate at no cost.',
  },
  closeness: {
    kind: 'number',
    default: 24,
    minimum: 0,
    maximum: 40,
    step: 1,
    label: 'Minimum SQNR',
    explanation:
      'Target SQNR of the outputs in dB; 20 is an error of a tenth. Values that lose too much stay float32. 0: no target.',
  },
  rounding: {
    kind: 'choice',
    default: 'nearest',
    label: 'Weight rounding',
    explanation: 'How weights are rounded.',
    advanced: true,
    choices: [
      { value: 'nearest', label: 'To nearest', explanation: 'Each weight separately.' },
      {
        value: 'adaround',
        label: 'AdaRound',
        explanation: 'Learns layer by layer which weights to round up or down: useful in 4 bits.',
      },
    ],
  },
  perChannel: {
    kind: 'boolean',
    default: true,
    label: 'Per channel',
    explanation: 'One scale per output channel of a weight: more accurate, slightly larger.',
    advanced: true,
  },
  target: {
    kind: 'choice',
    default: 'onnxruntime',
    label: 'Target runtime',
    explanation: 'The runtime whose rules apply.',
    choices: [
      { value: 'onnxruntime', label: 'ONNX Runtime', explanation: 'For CPUs, and WASM in the browser.' },
      {
        value: 'tensorrt',
        label: 'TensorRT',
        explanation: 'Symmetric int8 before every product, float32 biases.',
      },
      { value: 'openvino', label: 'OpenVINO', explanation: 'As for ONNX Runtime, with standard operators only.' },
      { value: 'webnn', label: 'WebNN', explanation: 'As for ONNX Runtime, with standard operators only.' },
    ],
  },
  format: {
    kind: 'choice',
    default: 'qdq',
    label: 'File format',
    explanation: 'How quantization is written to the file.',
    advanced: true,
    choices: [
      { value: 'qdq', label: 'QDQ', explanation: 'Float operators between QuantizeLinear and DequantizeLinear.' },
      {
        value: 'qoperator',
        label: 'QOperator',
        explanation: 'Integer operators such as QLinearConv: for old versions of ONNX Runtime, and smaller graphs.',
      },
    ],
  },
  activationType: {
    kind: 'choice',
    default: 'uint8',
    label: 'Activation type',
    explanation: 'The integer type of activations. TensorRT uses int8.',
    advanced: true,
    choices: [
      { value: 'uint8', label: 'uint8', explanation: 'Fastest on WASM and CPUs.' },
      { value: 'int8', label: 'int8', explanation: 'The same values, for runtimes that need signed numbers.' },
      { value: 'uint16', label: 'uint16', explanation: 'Almost no error, but float32 speed: no kernel supports it.' },
      { value: 'int16', label: 'int16', explanation: 'The same with signed numbers.' },
    ],
  },
  integerEnds: {
    kind: 'boolean',
    default: false,
    label: 'Integer inputs and outputs',
    explanation:
      'Inputs and outputs are integers too, for devices without floats. The file metadata contains their scales.',
    advanced: true,
  },
  symmetricActivations: {
    kind: 'boolean',
    default: false,
    label: 'Symmetric activations',
    explanation: 'Zero is the middle integer, which some hardware needs. Wastes half of the integers after a Relu.',
    advanced: true,
  },
  weightType: {
    kind: 'choice',
    default: 'int8',
    label: 'Weight type',
    explanation: 'The integer type of weights. TensorRT uses int8.',
    advanced: true,
    choices: [
      { value: 'int8', label: 'int8', explanation: 'Supported by most kernels.' },
      {
        value: 'uint8',
        label: 'uint8',
        explanation: 'For x86 servers without VNNI: sums do not saturate.',
      },
      { value: 'int16', label: 'int16', explanation: 'Float32 speed: no kernel multiplies it.' },
      { value: 'uint16', label: 'uint16', explanation: 'The same, unsigned.' },
      {
        value: 'int4',
        label: 'int4',
        explanation: 'Loses a lot with rounding to nearest: use AdaRound, or quantize-weights.',
      },
      { value: 'uint4', label: 'uint4', explanation: 'The same, unsigned.' },
    ],
  },
  symmetricWeights: {
    kind: 'choice',
    default: 'auto',
    label: 'Symmetric weights',
    explanation: 'Whether weights with one scale have zero as the middle integer. Per-channel weights always do.',
    advanced: true,
    choices: [
      { value: 'auto', label: 'If signed', explanation: 'As in ONNX Runtime.' },
      { value: 'true', label: 'Always', explanation: 'For unsigned types too.' },
      { value: 'false', label: 'Never', explanation: 'Zero points fit the weights.' },
    ],
  },
  reduceRange: {
    kind: 'boolean',
    default: false,
    label: 'Reduced range',
    explanation: 'Uses one bit less for weights, for x86 servers without VNNI, whose integer sums would saturate.',
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
  include: { ...takenNodes, explanation: 'Nodes to quantize. Empty: all of the chosen types.' },
  exclude: leftNodes,
  overrides: {
    kind: 'map',
    default: {},
    minimum: 4,
    maximum: 32,
    values: [4, 8, 16, 32],
    label: 'Bits per node',
    explanation: 'Nodes by name: 4 for weights only; 8 or 16 for inputs and outputs; 32 for float32.',
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type StaticOptions = OptionsOf<typeof staticOptionSpecs>;
