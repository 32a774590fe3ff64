/**
 * Rules for MatMulInteger and ConvInteger, with the Cast and the Muls that scale their int32 sums. The forms are those
 * of ONNX Runtime's tool and of Pareto. The whole chain becomes one MatMul or Conv.
 */
import { DataType } from '../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../onnx/graph';
import { elementCount, readFloat32 } from '../../onnx/tensor';
import { getAttributeInt } from '../../onnx/traverse';
import { createNode } from '../../onnx/create-node';
import type { RestorationRule, RuleOutcome } from './restoration-rule';
import { floatTensor, isFloat, productOf } from './float-constants';
import { Obstacle, type Integers, type RestorationScope, type Scaling } from './restoration-scope';

const unknownChain = new Obstacle('The nodes that scale its sums have a form that restore-float does not know.');

/** One operand: float values with their scaling, or a weight whose scale is still unknown. */
type Operand =
  | { readonly kind: 'values'; readonly integers: Integers; readonly scaling: Scaling }
  | { readonly kind: 'weight'; readonly integers: Integers; readonly zeroPoint: ValueName };

const multiplyIntegers: RestorationRule = async (node, scope) => {
  const perToken = await restorePerToken(node, scope);
  if (perToken) return perToken;
  const [first, second] = [operandOf(node, 0, scope), operandOf(node, 1, scope)];
  if (first instanceof Obstacle) return first;
  if (second instanceof Obstacle) return second;
  const wanted = [first, second].flatMap((operand) => scaleNameOf(operand, first, second, scope) ?? []);
  const sums = biasedSums(node, scope);
  const chain = findChain(sums.name, scope, wanted, wanted.length < 2);
  if (chain instanceof Obstacle) return chain;
  const inputs: ValueName[] = [];
  for (const [index, operand] of [first, second].entries()) {
    const named = operand.kind === 'weight' ? scaleNameOf(operand, first, second, scope) : undefined;
    const floats =
      operand.kind === 'values'
        ? await scope.floatsOf(operand.integers, operand.scaling)
        : await restoreWeight(node, index, operand, named ? scope.constant(named) : chain.constant, scope);
    if (floats instanceof Obstacle) return floats;
    inputs.push(floats);
  }
  return replaceChain(node, chain.end, sums.bias === undefined ? inputs : [...inputs, sums.bias], scope);
};

/**
 * Returns the int32 sums with the bias that some versions of ONNX Runtime's tool add to them: `Floor(bias ÷ scale)` as
 * int32, in the shape of the sums. The Conv reads the float bias itself, which is not rounded.
 */
function biasedSums(node: Node, scope: RestorationScope): { readonly name: ValueName; readonly bias?: ValueName } {
  const [name = ''] = node.outputs;
  const sum = scope.onlyReader(name);
  if (node.opType !== 'ConvInteger' || sum?.opType !== 'Add') return { name };
  let source = scope.producer(sum.inputs.find((input) => input !== name) ?? '');
  for (const op of ['Reshape', 'Cast', 'Floor']) {
    if (source?.opType !== op) return { name };
    source = scope.producer(source.inputs[0] ?? '');
  }
  const bias = source?.opType === 'Div' ? source.inputs[0] : undefined;
  const isVector = scope.constant(bias)?.dims.length === 1;
  return isVector ? { name: sum.outputs[0] ?? '', bias: bias! } : { name };
}

/** The scale of an operand that multiplies the sums; `undefined` if it is unknown. The scales of two weights are found by their names. */
function scaleNameOf(
  operand: Operand,
  first: Operand,
  second: Operand,
  scope: RestorationScope,
): ValueName | undefined {
  if (operand.kind === 'values') return operand.scaling.scale;
  if (first.kind !== 'weight' || second.kind !== 'weight') return undefined;
  const name = `${rootName(operand.integers).replace(/_quantized$/, '')}_scale`;
  return scope.constant(name) ? name : undefined;
}

function rootName(integers: Integers): ValueName {
  if (integers.kind === 'constant') return integers.name;
  return integers.kind === 'moved' ? rootName(integers.of.values().next().value!) : '';
}

function replaceChain(node: Node, end: Node, inputs: readonly ValueName[], scope: RestorationScope): RuleOutcome {
  const opType = node.opType === 'ConvInteger' ? 'Conv' : 'MatMul';
  const float = createNode(opType, node.name ?? '', inputs, end.outputs);
  scope.editor.replaceNode(end, [{ ...float, attributes: node.attributes }]);
  return { what: `Restored ${opType}` };
}

function operandOf(node: Node, index: number, scope: RestorationScope): Operand | Obstacle {
  const integers = scope.integers(node.inputs[index]);
  const zeroPoint = node.inputs[index + 2] ?? '';
  if (!integers) return new Obstacle('It multiplies integers of unknown origin.');
  const scaling = scope.scalingOf(integers);
  if (!scaling) return { kind: 'weight', integers, zeroPoint };
  return scope.isSameScaling(scaling, { scale: scaling.scale, zeroPoint })
    ? { kind: 'values', integers, scaling }
    : new Obstacle('Its activations have another zero point than they were quantized by.');
}

interface Chain {
  /** The node that computes the scaled result. */
  readonly end: Node;
  /** The product of the other factors of the sums. Absent: there are none. */
  readonly constant: Tensor | undefined;
}

/** Finds the chain from the sums to the Mul that has multiplied them with every wanted scale. */
function findChain(
  sums: ValueName,
  scope: RestorationScope,
  wanted: readonly ValueName[],
  hasWeight: boolean,
): Chain | Obstacle {
  const cast = scope.onlyReader(sums);
  if (cast?.opType !== 'Cast' || !isFloatType(getAttributeInt(cast, 'to'))) return unknownChain;
  const missing = [...wanted];
  let constant: Tensor | undefined;
  let end: Node = cast;
  let value = cast.outputs[0] ?? '';
  for (;;) {
    const isScaled = missing.length === 0;
    if (isScaled && (constant !== undefined || !hasWeight)) return { end, constant };
    const next = scope.onlyReader(value);
    const factor = next?.opType === 'Mul' ? next.inputs.find((name) => name !== value) : undefined;
    const found = factor === undefined ? undefined : takeFactors(factor, scope, missing, constant);
    if (!next || !found || (isScaled && found.constant === constant))
      return isScaled ? { end, constant } : unknownChain;
    constant = found.constant;
    end = next;
    value = next.outputs[0] ?? '';
  }
}

/** Removes the scales that are factors of a value from the list, and multiplies the other factors, which must be constants. */
function takeFactors(
  name: ValueName,
  scope: RestorationScope,
  missing: ValueName[],
  constant: Tensor | undefined,
): { readonly constant: Tensor | undefined } | undefined {
  const at = missing.indexOf(name);
  if (at >= 0) {
    missing.splice(at, 1);
    return { constant };
  }
  const tensor = scope.constant(name);
  const producer = scope.definer(name)?.producer(name);
  if (producer?.opType === 'Mul') {
    const first = takeFactors(producer.inputs[0] ?? '', scope, missing, constant);
    return first && takeFactors(producer.inputs[1] ?? '', scope, missing, first.constant);
  }
  if (!tensor || !isFloat(tensor)) return undefined;
  const product = constant === undefined ? tensor : productOf(constant, tensor);
  return product && { constant: product };
}

async function restoreWeight(
  node: Node,
  index: number,
  { integers, zeroPoint }: Extract<Operand, { kind: 'weight' }>,
  factor: Tensor | undefined,
  scope: RestorationScope,
): Promise<ValueName | Obstacle> {
  const zero = scope.constant(zeroPoint);
  if (zeroPoint !== '' && !zero) return new Obstacle('The zero point of its weight is computed at run time.');
  const scale = factor ?? floatTensor([], Float32Array.of(1));
  if (integers.kind !== 'constant') {
    const name = scope.editor.freshValueName('weight_scale');
    scope.addConstant({ ...scale, name });
    return scope.floatsOf(integers, { scale: name, zeroPoint });
  }
  const { tensor } = integers;
  const axis = scaledAxis(node, index, tensor, scale);
  if (axis === undefined) return new Obstacle('The scales of its weight belong to no single axis.');
  return scope.weight(integers, { scale, zeroPoint: zero, axis });
}

/** The axis of the weight of scales that multiply the product by broadcasting; `undefined` if there is none. */
function scaledAxis(node: Node, index: number, weight: Tensor, scale: Tensor): number | undefined {
  if (elementCount(scale) === 1) return weight.dims.length - 1;
  const own = scale.dims.map(Number);
  const wide = own.flatMap((size, at) => (size > 1 ? [own.length - at] : []));
  if (wide.length !== 1) return undefined;
  // The axis is counted from the last axis of the result.
  const fromEnd = wide[0]!;
  if (node.opType === 'ConvInteger') return fromEnd === weight.dims.length - 1 ? 0 : undefined;
  if (index === 1) return fromEnd === 1 ? weight.dims.length - 1 : undefined;
  return fromEnd === 2 ? weight.dims.length - 2 : undefined;
}

function isFloatType(type: number | undefined): boolean {
  return type === DataType.float32 || type === DataType.float16;
}

/**
 * The form of quantize-dynamic with `activations=per-token`. Rows are (x − least) ÷ range in steps of 1/255. Behind the
 * product, sums × range × step and least × column sums are added.
 */
async function restorePerToken(node: Node, scope: RestorationScope): Promise<RuleOutcome> {
  const source = scope.producer(node.inputs[0] ?? '');
  const share = source?.opType === 'QuantizeLinear' ? scope.producer(source.inputs[0] ?? '') : undefined;
  if (node.opType !== 'MatMulInteger' || share?.opType !== 'Div' || scope.constant(share.inputs[1])) return undefined;
  const weight = operandOf(node, 1, scope);
  const step = scope.constant(source?.inputs[1]);
  if (weight instanceof Obstacle || weight.kind !== 'weight' || !step || !scope.isZero(node.inputs[2] ?? '')) {
    return undefined;
  }
  const [above = '', range = ''] = share.inputs;
  const shifted = scope.producer(above);
  const least = shifted?.opType === 'Sub' ? shifted.inputs[1] : undefined;
  const chain = findChain(node.outputs[0] ?? '', scope, [range], true);
  if (chain instanceof Obstacle || chain.constant === undefined) return unknownChain;
  let { end } = chain;
  if (least !== undefined) {
    const sum = scope.onlyReader(end.outputs[0] ?? '');
    const shift = sum?.opType === 'Add' ? sum.inputs.find((name) => name !== end.outputs[0]) : undefined;
    const product = scope.producer(shift ?? '');
    if (!sum || product?.opType !== 'Mul' || !product.inputs.includes(least)) return unknownChain;
    end = sum;
  }
  const unit = floatTensor([], Float32Array.of(Math.fround(1 / readFloat32(step)[0]!)));
  const scale = productOf(chain.constant, unit);
  const restored = await restoreWeight(node, 1, weight, scale, scope);
  if (restored instanceof Obstacle) return restored;
  const floats = least === undefined ? above : (shifted!.inputs[0] ?? '');
  return replaceChain(node, end, [floats, restored], scope);
}

export const integerProductRules: ReadonlyMap<string, RestorationRule> = new Map([
  ['MatMulInteger', multiplyIntegers],
  ['ConvInteger', multiplyIntegers],
]);
