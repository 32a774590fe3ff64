/** The contract of one operator in quantize-dynamic. Supporting another operator is one file that exports a rule. */
import { DataType, dataTypeName } from '../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../onnx/graph';
import type { QuantizationScope } from './quantization-scope';
import { isQuantizable } from './weight-reader';

export interface Reason {
  readonly code: string;
  readonly reason: string;
}

export type Inspection =
  /** The node holds no float weight: nothing to say about it. */
  | { readonly kind: 'nothing' }
  /** The node has no weight, but can work on quantized values if its input turns out to be one. */
  | { readonly kind: 'follows' }
  | ({ readonly kind: 'refused' } & Reason)
  | { readonly kind: 'ready'; readonly weights: readonly Tensor[] };

export type Rewrite =
  | { readonly kind: 'changed'; readonly what: string }
  | { readonly kind: 'unchanged' }
  | ({ readonly kind: 'refused' } & Reason);

export interface DynamicRule {
  readonly opType: string;
  /** Empty is the default domain. */
  readonly domain: string;
  /** True when the quantized form is an operator of `com.microsoft`. */
  readonly writesMicrosoft?: boolean;
  /** Looks at the node without reading weights. */
  inspect(node: Node, scope: QuantizationScope): Inspection;
  /** Puts the quantized form in the node's place. Only called when `inspect` said `ready` or `follows`. */
  rewrite(node: Node, scope: QuantizationScope): Promise<Rewrite>;
}

export const nothing: Inspection = { kind: 'nothing' };

export function refused(code: string, reason: string): { readonly kind: 'refused' } & Reason {
  return { kind: 'refused', code, reason };
}

export const notFinite = refused('not-finite', 'A weight holds NaN or infinity, which no integer can stand for.');

/** The rules' common question: is this input a constant of floats of the right rank? */
export function inspectWeight(
  scope: QuantizationScope,
  name: ValueName | undefined,
  accepts: (rank: number) => boolean,
): Inspection {
  if (!name) return nothing;
  const tensor = scope.constant(name);
  if (!tensor) {
    const producer = scope.producerOf(name)?.opType;
    const source = producer ? `computed at run time by ${producer}` : 'given at run time';
    return refused('dynamic-weight', `"${name}" is ${source}, so there is no weight to quantize.`);
  }
  if (!isQuantizable(tensor)) return inspectOtherType(name, tensor);
  if (!accepts(tensor.dims.length)) {
    return refused('unsupported-rank', `The weight "${name}" has ${tensor.dims.length} dimensions.`);
  }
  return { kind: 'ready', weights: [tensor] };
}

function inspectOtherType(name: ValueName, tensor: Tensor): Inspection {
  const isOtherFloat = tensor.dataType === DataType.float64 || tensor.dataType === DataType.bfloat16;
  if (!isOtherFloat) return nothing;
  const type = dataTypeName(tensor.dataType ?? 0);
  return refused('unsupported-type', `The weight "${name}" is ${type}; float32 and float16 can be quantized.`);
}

/** Several weights of one node: the first that cannot be quantized decides. */
export function inspectAll(inspections: readonly Inspection[]): Inspection {
  const obstacle = inspections.find((inspection) => inspection.kind !== 'ready');
  if (obstacle) return obstacle;
  return {
    kind: 'ready',
    weights: inspections.flatMap((inspection) => (inspection.kind === 'ready' ? inspection.weights : [])),
  };
}

/** Refuses float16 for operators whose quantized form is defined for float32 alone. */
export function refuseFloat16(inspection: Inspection, quantizedOp: string): Inspection {
  if (inspection.kind !== 'ready') return inspection;
  const isFloat16 = inspection.weights.some((tensor) => tensor.dataType === DataType.float16);
  return isFloat16
    ? refused('float16-operator', `${quantizedOp} exists for float32 only, and this node computes in float16.`)
    : inspection;
}
