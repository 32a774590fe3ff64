/** Options of quantize-dynamic: their description, and their values made ready for use. */
import type { OptionSpec, OptionValues } from '../../option-spec';
import type { AffineOptions, IntegerType } from '../affine';
import { leftNodes, takenNodes } from '../../node-choice';

/** The operators that ONNX Runtime's tool quantizes, and Gemm, which the tool turns into MatMul. */
const ALL_OP_TYPES = [
  'MatMul',
  'Gemm',
  'Conv',
  'LSTM',
  'Gather',
  'Transpose',
  'Attention',
  'EmbedLayerNormalization',
] as const;

/** Conv is left out: ConvInteger is slower than float convolution on WebAssembly in some models, such as those with depthwise layers. */
const DEFAULT_OP_TYPES = ALL_OP_TYPES.filter((opType) => opType !== 'Conv');

/** The default, and Conv. */
export const OP_TYPES_WITH_CONV = [...DEFAULT_OP_TYPES, 'Conv'];

/** The value of `opTypes` that stands for `ALL_OP_TYPES`. */
const EVERY_OP_TYPE = 'all';

/** The operator types that a value of the option `opTypes` means. */
export function takenOpTypes(opTypes: readonly string[]): ReadonlySet<string> {
  return new Set(opTypes.includes(EVERY_OP_TYPE) ? ALL_OP_TYPES : opTypes);
}

export const dynamicOptionSpecs = {
  perChannel: {
    kind: 'boolean',
    default: false,
    label: 'Per channel',
    explanation: 'One scale per output channel of a weight: more accurate, slightly larger.',
  },
  activations: {
    kind: 'choice',
    default: 'per-tensor',
    label: 'Activations',
    explanation: 'The scales of activations, computed at run time.',
    choices: [
      {
        value: 'per-tensor',
        label: 'Per tensor',
        explanation: 'One scale for a whole activation, as in most tools.',
      },
      {
        value: 'per-token',
        label: 'Per token',
        explanation:
          'One scale per row, except for short rows behind a normalization: closer outputs for transformers, slightly slower. For MatMul and Gemm, with weights per channel.',
      },
    ],
  },
  reduceRange: {
    kind: 'boolean',
    default: false,
    label: 'Reduced range',
    explanation: 'Uses 7 of 8 bits for weights, for x86 servers without VNNI, whose integer sums would saturate.',
    advanced: true,
  },
  symmetric: {
    kind: 'boolean',
    default: false,
    label: 'Symmetric',
    explanation: 'Centers the range of uint8 weights on zero. int8 weights are always symmetric.',
    advanced: true,
  },
  weightType: {
    kind: 'choice',
    default: 'int8',
    label: 'Weight type',
    explanation: 'The integer type of weights.',
    advanced: true,
    choices: [
      { value: 'int8', label: 'int8', explanation: 'Signed, symmetric, as in most tools.' },
      {
        value: 'uint8',
        label: 'uint8',
        explanation: 'Unsigned with a zero point: more accurate for asymmetric weights.',
      },
    ],
  },
  opTypes: {
    kind: 'list',
    default: DEFAULT_OP_TYPES,
    choices: [...ALL_OP_TYPES, EVERY_OP_TYPE],
    label: 'Operators',
    explanation: 'Operator types to quantize. "all" adds Conv, which gets smaller but slower on WebAssembly.',
  },
  include: {
    ...takenNodes,
    explanation: 'Nodes to quantize, whatever their operator type. Empty: all of the chosen types.',
  },
  exclude: leftNodes,
} as const satisfies Record<string, OptionSpec>;

export interface DynamicOptions {
  readonly perChannel: boolean;
  /** Activations of MatMul and Gemm have a scale for each row of their last axis. */
  readonly perToken: boolean;
  readonly weightType: IntegerType;
  /** The quantization of weights of MatMul, Gemm and Attention. */
  readonly weight: AffineOptions;
  /** Convolution weights are uint8 always: ONNX Runtime loads no ConvInteger with int8 weights. */
  readonly convolution: AffineOptions;
  /** LSTM weights are int8 and symmetric always: the operator allows nothing else. */
  readonly recurrent: AffineOptions;
  /** The quantization of constants in the place of activations: tables of Gather and EmbedLayerNormalization. */
  readonly activation: AffineOptions;
  readonly opTypes: ReadonlySet<string>;
  readonly include: ReadonlySet<string>;
  readonly exclude: ReadonlySet<string>;
}

export function readDynamicOptions(values: OptionValues): DynamicOptions {
  const weightType: IntegerType = values.weightType === 'uint8' ? 'uint8' : 'int8';
  const symmetric = values.symmetric === true;
  const reduceRange = values.reduceRange === true;
  const opTypes = list(values.opTypes ?? DEFAULT_OP_TYPES);
  const perToken = values.activations === 'per-token';
  return {
    // If the weights have one scale, ONNX Runtime 1.32 fuses a product of rows with its bias. It then multiplies the
    // bias by the scales of the rows as well.
    perChannel: values.perChannel === true || perToken,
    perToken,
    weightType,
    weight: { type: weightType, symmetric: weightType === 'int8' || symmetric, reduceRange },
    convolution: { type: 'uint8', symmetric, reduceRange },
    recurrent: { type: 'int8', symmetric: true, reduceRange },
    // The option is about weights, so it reaches activations only when they share the weights' type, as in the tool.
    activation: { type: 'uint8', symmetric: weightType === 'uint8' && symmetric, reduceRange: false },
    opTypes: takenOpTypes(opTypes),
    include: new Set(list(values.include)),
    exclude: new Set(list(values.exclude)),
  };
}

function list(value: OptionValues[string] | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
