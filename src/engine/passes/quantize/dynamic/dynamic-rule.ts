/** The contract of one operator in quantize-dynamic. Supporting another operator is one file that exports a rule. */
import { DataType, dataTypeName } from '../../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import type { QuantizationScope } from './quantization-scope';
import { isQuantizable } from '../weight-reader';

export interface Reason {
  readonly code: string;
  readonly reason: string;
}

export type NodePlan =
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
  plan(node: Node, scope: QuantizationScope): NodePlan;
  /** Puts the quantized form in the node's place. Only called when `plan` said `ready` or `follows`. */
  rewrite(node: Node, scope: QuantizationScope): Promise<Rewrite>;
}

export const nothing: NodePlan = { kind: 'nothing' };

export function refused(code: string, reason: string): { readonly kind: 'refused' } & Reason {
  return { kind: 'refused', code, reason };
}

export const notFinite = refused('not-finite', 'A weight contains NaN or infinity, which integers cannot represent.');

/** The rules' common question: is this input a constant of floats of the right rank? */
export function planWeight(
  scope: QuantizationScope,
  name: ValueName | undefined,
  accepts: (rank: number) => boolean,
): NodePlan {
  if (!name) return nothing;
  const tensor = scope.constant(name);
  if (!tensor) return missingWeight(scope, name);
  if (tensor.dims.includes(0n)) return refused('empty', `The weight "${name}" has no elements.`);
  if (!isQuantizable(tensor)) return refuseOtherType(name, tensor);
  if (!accepts(tensor.dims.length)) {
    const rank = tensor.dims.length;
    return refused('unsupported-rank', `The weight "${name}" has ${rank} ${rank === 1 ? 'dimension' : 'dimensions'}.`);
  }
  return { kind: 'ready', weights: [tensor] };
}

/** The reason that a value is not a weight that can be quantized. `dynamic-weight`: it changes from run to run. */
function missingWeight(scope: QuantizationScope, name: ValueName): NodePlan {
  if (scope.isOverridable(name)) {
    return refused('overridable', `The weight "${name}" is also an input of the model, so a caller may override it.`);
  }
  const producer = scope.producerOf(name);
  const op = producer?.opType ?? '';
  if (!producer) return refused('dynamic-weight', `"${name}" is given at run time, so there is no weight to quantize.`);
  if (op === 'DequantizeLinear' && scope.constant(producer.inputs[0] ?? '')) {
    return refused(
      'already-quantized',
      `The weight "${name}" is already quantized (DequantizeLinear). Run restore-float first.`,
    );
  }
  const inputs = producer.inputs.filter((input) => input !== '');
  if (inputs.length > 0 && inputs.every((input) => scope.constant(input) !== undefined)) {
    return refused(
      'computed-constant',
      `${op} computes the weight "${name}" from constants. Run simplify first to store it.`,
    );
  }
  return refused('dynamic-weight', `"${name}" is computed at run time by ${op}, so there is no weight to quantize.`);
}

function refuseOtherType(name: ValueName, tensor: Tensor): NodePlan {
  const isOtherFloat = tensor.dataType === DataType.float64 || tensor.dataType === DataType.bfloat16;
  if (!isOtherFloat) return nothing;
  const type = dataTypeName(tensor.dataType ?? 0);
  return refused('unsupported-type', `The weight "${name}" is ${type}; float32 and float16 can be quantized.`);
}

/** Plans several weights of one node: the first that cannot be quantized decides. */
export function planAll(plans: readonly NodePlan[]): NodePlan {
  const obstacle = plans.find((plan) => plan.kind !== 'ready');
  if (obstacle) return obstacle;
  return {
    kind: 'ready',
    weights: plans.flatMap((plan) => (plan.kind === 'ready' ? plan.weights : [])),
  };
}

/** Refuses float16 for operators whose quantized form is defined for float32 alone. */
export function refuseFloat16(plan: NodePlan, quantizedOp: string): NodePlan {
  if (plan.kind !== 'ready') return plan;
  const isFloat16 = plan.weights.some((tensor) => tensor.dataType === DataType.float16);
  return isFloat16
    ? refused('float16-operator', `${quantizedOp} exists only for float32, and this node computes in float16.`)
    : plan;
}
