/** The integer types and zero points of activations and weights, from the options and the target runtime. */
import type { ValueName } from '../../../onnx/graph';
import type { NodeVisit } from '../../../onnx/traverse';
import { givenTo } from '../../node-names';
import { representableRange, type AffineOptions, type IntegerType } from '../affine';
import type { StaticOptions } from './static-options';

export interface StaticScheme {
  readonly format: StaticOptions['format'];
  readonly activation: AffineOptions;
  /** The quantization of weights with one scale. Weights with a scale per channel are symmetric. */
  readonly weight: AffineOptions;
  readonly perChannel: boolean;
  /** True if the outputs of products become integers, too, and not only their inputs. */
  readonly quantizesOutputs: boolean;
  /** Biases as int32; else they stay float32. */
  readonly quantizesBias: boolean;
  /** The only operators that are quantized; absent: those of the options. */
  readonly operators?: ReadonlySet<string>;
  /** The first operator set that has the form. */
  readonly leastOpset: bigint;
}

/** Types that every runtime and every operator set from 13 on supports. */
const narrowTypes: ReadonlySet<IntegerType> = new Set(['int8', 'uint8']);
const wideTypes: Readonly<Partial<Record<IntegerType, IntegerType>>> = { int8: 'int16', uint8: 'uint16' };

/** Operators that TensorRT multiplies in int8 (its rules: engine/analysis/tensorrt-rules.ts). */
export const tensorrtOperators: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

interface SchemeRefusal {
  readonly code: string;
  readonly reason: string;
}

/** The scheme of the options, or the reason that they have none. */
export function schemeOf(options: StaticOptions): StaticScheme | SchemeRefusal {
  const { activationType, weightType, format, perChannel, reduceRange, target } = options;
  if (target === 'tensorrt' && format === 'qdq') {
    if (usesOtherBits(options)) {
      const reason =
        'TensorRT supports only 8-bit integers. Use 8 for single nodes, or 32 for float32. Nothing was changed.';
      return { code: 'target-lacks-it', reason };
    }
    const int8 = { type: 'int8', symmetric: true } as const;
    return {
      format: 'qdq',
      activation: { ...int8, reduceRange: false },
      weight: { ...int8, reduceRange },
      perChannel,
      quantizesOutputs: false,
      quantizesBias: false,
      operators: tensorrtOperators,
      leastOpset: 13n,
    };
  }
  const types: readonly IntegerType[] = [
    activationType,
    weightType,
    ...(usesOtherBits(options) ? (['int16'] as const) : []),
  ];
  const isNarrow = types.every((type) => narrowTypes.has(type));
  if (target !== 'onnxruntime' && !isNarrow) {
    const reason =
      'Only ONNX Runtime is known to support other than 8-bit integers. Choose int8 or uint8, or the target onnxruntime. Nothing was changed.';
    return { code: 'target-lacks-it', reason };
  }
  if (format === 'qoperator' && (target !== 'onnxruntime' || !isNarrow)) {
    const reason =
      'Integer operators have 8 bits, and only ONNX Runtime has them. Choose the format qdq. Nothing was changed.';
    return { code: 'target-lacks-it', reason };
  }
  if (activationType === 'int8' && weightType === 'uint8') {
    const reason = 'No kernel multiplies int8 activations by uint8 weights. Choose int8 weights. Nothing was changed.';
    return { code: 'no-kernel', reason };
  }
  const isSigned = weightType.startsWith('int');
  const isSymmetric = options.symmetricWeights === 'auto' ? isSigned : options.symmetricWeights === 'true';
  return {
    format,
    activation: { type: activationType, symmetric: options.symmetricActivations, reduceRange: false },
    weight: { type: weightType, symmetric: isSymmetric, reduceRange },
    perChannel,
    quantizesOutputs: true,
    quantizesBias: true,
    // QuantizeLinear has only 8 bits before that operator set.
    leastOpset: isNarrow ? 13n : 21n,
  };
}

/** Single nodes with more or fewer bits than the others have. */
export function usesOtherBits({ overrides }: StaticOptions): boolean {
  return Object.values(overrides).some((bits) => bits !== 8 && bits <= 16);
}

/** Nodes whose overrides leave them float. */
export function floatNodes({ overrides }: StaticOptions): readonly string[] {
  return Object.entries(overrides).flatMap(([name, bits]) => (bits > 16 ? [name] : []));
}

/** Inputs and outputs of nodes with 16 bits of their own, and inputs of nodes with 4 bits. */
export function otherBits(selected: readonly NodeVisit[], { overrides }: StaticOptions): OtherBits {
  const bitsOf = (visit: NodeVisit): number => givenTo(visit, overrides) ?? 8;
  const wide = selected.filter((visit) => bitsOf(visit) > 8).map(({ node }) => node);
  const narrow = selected.filter((visit) => bitsOf(visit) < 8).map(({ node }) => node);
  return {
    wide: new Set(wide.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])),
    narrow: new Set(narrow.flatMap(({ inputs }) => inputs)),
  };
}

export interface OtherBits {
  /** Activations with 16. */
  readonly wide: ReadonlySet<ValueName>;
  /** Weights with 4. */
  readonly narrow: ReadonlySet<ValueName>;
}

/** The quantization of a weight. */
export function weightOf(name: ValueName, weight: AffineOptions, narrow: ReadonlySet<ValueName>): AffineOptions {
  if (!narrow.has(name)) return weight;
  return { ...weight, type: weight.type.startsWith('u') ? 'uint4' : 'int4' };
}

/** The quantization of an activation. */
export function activationOf(name: ValueName, activation: AffineOptions, wide: ReadonlySet<ValueName>): AffineOptions {
  const type = wide.has(name) ? wideTypes[activation.type] : undefined;
  return type === undefined ? activation : { ...activation, type };
}

/** The integer that stands for the least value. */
export function lowestInteger({ type }: AffineOptions): number {
  return representableRange(type).lowest;
}
