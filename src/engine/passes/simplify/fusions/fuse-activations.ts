/**
 * Activations that exporters write as several nodes become one: HardSigmoid, HardSwish (opset 14), Mish (opset 18), Gelu
 * (opset 20) with the error function or tanh, Swish (opset 24 alone). In an older model HardSwish becomes HardSigmoid and
 * Mul, and the others stay. float16 and float32 only: the runtimes have no others.
 */
import { DataType } from '../../../onnx/data-type';
import type { Node, ValueName } from '../../../onnx/graph';
import { getAttributeFloat, isDefaultDomain } from '../../../onnx/traverse';
import { floatAttribute, stringAttribute } from '../../../onnx/attributes';
import { clipBounds } from '../clip-bounds';
import { lacksKernel, needsOpset, Pattern } from './pattern';
import { powerOf, productOf, type Product } from './product';
import { rewriteModel, type NodeRule, type RuleVerdict } from '../rewrite-model';
import { scalarOperand } from '../scalar-constant';
import type { Simplification } from '../simplification';

const opsets = { HardSwish: 14, Mish: 18, Gelu: 20, Swish: 24 } as const;
/** ONNX Runtime registers its kernel for this version only (onnxruntime-web 1.30, onnxruntime 1.32); it has all others here. */
const newestOpsetOfSwish = 24;
const types = new Set<number | undefined>([DataType.float16, DataType.float32]);

const fuse: NodeRule = (graph, node) => {
  if (!isDefaultDomain(node.domain) || !types.has(graph.value(node.outputs[0] ?? '').elementType)) return undefined;
  const pattern = new Pattern(graph, node);
  if (node.opType === 'Clip') return fuseGate(pattern, hardGate(pattern, node), 1);
  const product = node.opType === 'Mul' || node.opType === 'Div' ? productOf(pattern, node) : undefined;
  if (product?.values.length === 1) {
    const clip = pattern.find(product.values[0], 'Clip');
    return fuseGate(pattern, clip && hardGate(pattern, clip), product.scalar);
  }
  return product?.values.length === 2 ? fuseGated(pattern, product) : undefined;
};

/** clip(alpha·x + beta, 0, 1), times `top`. */
interface HardGate {
  readonly x: ValueName;
  readonly alpha: number;
  readonly beta: number;
  readonly top: number;
}

/** A Clip from 0 to something of x plus a number, or of a multiple of x plus a number. */
function hardGate(pattern: Pattern, clip: Node): HardGate | undefined {
  const bounds = clipBounds(pattern.graph, clip);
  if (bounds?.lower !== 0 || !(bounds.upper > 0 && bounds.upper < Infinity)) return undefined;
  const top = bounds.upper;
  const add = pattern.find(clip.inputs[0], 'Add');
  const sum = add && scalarOperand(pattern.graph, add);
  if (add === undefined || sum === undefined) return undefined;
  const scaled = pattern.either(() => {
    const factor = pattern.graph.onlyReader(sum.value) === add ? pattern.find(sum.value, 'Mul', 'Div') : undefined;
    const product = factor && productOf(pattern, factor);
    return product?.values.length === 1 ? product : undefined;
  });
  const { scalar, values } = scaled ?? { scalar: 1, values: [sum.value] };
  return { x: values[0]!, alpha: scalar / top, beta: sum.scalar / top, top };
}

function fuseGate(pattern: Pattern, gate: HardGate | undefined, scalar: number): RuleVerdict {
  if (gate === undefined || !isNearIn(pattern, scalar * gate.top, 1) || !isWhole(pattern, gate.x)) return undefined;
  pattern.replaceWith([{ ...hardSigmoid(gate), name: pattern.root.name, outputs: pattern.root.outputs }]);
  return { change: 'Fused with the nodes before into HardSigmoid' };
}

function hardSigmoid({ x, alpha, beta }: HardGate): Node {
  const attributes = [floatAttribute('alpha', alpha), floatAttribute('beta', beta)];
  return { opType: 'HardSigmoid', inputs: [x], outputs: [], attributes };
}

/** x × a gate of x: in either order. */
function fuseGated(pattern: Pattern, { scalar, values }: Product): RuleVerdict {
  const [left, right] = values as readonly [ValueName, ValueName];
  const orders = [
    [left, right],
    [right, left],
  ] as const;
  const rules = [fuseHardSwish, fuseMish, fuseGelu, fuseSwish];
  return pattern.either(
    ...orders.flatMap(([x, gate]) => rules.map((rule) => () => rule(pattern, { x, gate, scalar }))),
  );
}

/** scalar × x × gate. */
interface Gated {
  readonly x: ValueName;
  readonly gate: ValueName;
  readonly scalar: number;
}

function fuseHardSwish(pattern: Pattern, { x, gate: name, scalar }: Gated): RuleVerdict {
  const node = pattern.find(name, 'Clip', 'HardSigmoid');
  if (node === undefined) return undefined;
  const isFused = node.opType === 'HardSigmoid';
  const gate = isFused ? gateOf(node) : hardGate(pattern, node);
  if (gate?.x !== x || !isNearIn(pattern, scalar * gate.top, 1) || !isWhole(pattern, x)) return undefined;
  const { root, graph } = pattern;
  const isSwish = isNearIn(pattern, gate.alpha, 1 / 6) && isNearIn(pattern, gate.beta, 0.5);
  if (isSwish && graph.opset >= opsets.HardSwish)
    return replace(pattern, { ...root, opType: 'HardSwish', inputs: [x], attributes: [] });
  if (isFused) return undefined;
  const between = graph.freshName(`${root.outputs[0]!}_gate`);
  pattern.replaceWith([
    { ...hardSigmoid(gate), outputs: [between] },
    { ...root, opType: 'Mul', inputs: [x, between], attributes: [] },
  ]);
  return { change: 'Fused with the nodes before into HardSigmoid and Mul' };
}

function gateOf(node: Node): HardGate {
  const [alpha, beta] = [getAttributeFloat(node, 'alpha') ?? 0.2, getAttributeFloat(node, 'beta') ?? 0.5];
  return { x: node.inputs[0]!, alpha, beta, top: 1 };
}

/** ½·x·(1 + erf(x ÷ √2)), or its approximation ½·x·(1 + tanh(√(2 ÷ π)·(x + 0.044715·x³))) (Hendrycks and Gimpel 2016). */
function fuseGelu(pattern: Pattern, { x, gate, scalar }: Gated): RuleVerdict {
  const { graph, root } = pattern;
  const add = isNearIn(pattern, scalar, 0.5) ? pattern.find(gate, 'Add') : undefined;
  const sum = add && scalarOperand(graph, add);
  if (sum === undefined || !isNearIn(pattern, sum.scalar, 1)) return undefined;
  const node = pattern.find(sum.value, 'Erf', 'Tanh');
  const isErf = node?.opType === 'Erf';
  if (node === undefined || !(isErf ? isErfArgument(pattern, node, x) : isTanhArgument(pattern, node, x)))
    return undefined;
  if (!isWhole(pattern, x)) return undefined;
  if (graph.opset < opsets.Gelu) return needsOpset(graph, 'Gelu', opsets.Gelu);
  const attributes = isErf ? [] : [stringAttribute('approximate', 'tanh')];
  return replace(pattern, { ...root, opType: 'Gelu', inputs: [x], attributes });
}

function isErfArgument(pattern: Pattern, { inputs }: Node, x: ValueName): boolean {
  const factor = pattern.find(inputs[0], 'Mul', 'Div');
  const product = factor && productOf(pattern, factor);
  return product?.values.join() === x && isNearIn(pattern, product.scalar, Math.SQRT1_2);
}

function isTanhArgument(pattern: Pattern, { inputs }: Node, x: ValueName): boolean {
  const factor = pattern.find(inputs[0], 'Mul', 'Div');
  const product = factor && productOf(pattern, factor);
  if (product === undefined || !isNearIn(pattern, product.scalar, Math.sqrt(2 / Math.PI))) return false;
  // √(2 ÷ π) × (x + 0.044715·x³), or with x taken out: √(2 ÷ π) × x × (1 + 0.044715·x²).
  const rest = product.values.filter((name) => name !== x);
  const isTakenOut = product.values.length === 2 && rest.length === 1;
  if (!isTakenOut && product.values.length !== 1) return false;
  const add = pattern.find(rest[0], 'Add');
  return add !== undefined && isTanhSum(pattern, add, isTakenOut ? undefined : x, x);
}

/** `first` + 0.044715 × a power of x: x and x³, or 1 (`undefined`) and x². */
function isTanhSum(pattern: Pattern, { inputs }: Node, first: ValueName | undefined, x: ValueName): boolean {
  const one = first === undefined ? scalarOperand(pattern.graph, { inputs, outputs: [], attributes: [] }) : undefined;
  if (first === undefined && !isNearIn(pattern, one?.scalar ?? 0, 1)) return false;
  const others = first === undefined ? [one!.value] : inputs.filter((name) => name !== first);
  const factor = others.length === 1 ? pattern.find(others[0], 'Mul', 'Div') : undefined;
  const product = factor && productOf(pattern, factor);
  if (product === undefined || !isNearIn(pattern, product.scalar, 0.044715)) return false;
  return powerOf(pattern, product.values, x) === (first === undefined ? 2 : 3);
}

/** x·sigmoid(alpha·x): SiLU with an alpha of 1 (Ramachandran, Zoph and Le 2017). */
function fuseSwish(pattern: Pattern, { x, gate, scalar }: Gated): RuleVerdict {
  const { graph, root } = pattern;
  const sigmoid = scalar === 1 ? pattern.find(gate, 'Sigmoid') : undefined;
  if (sigmoid === undefined) return undefined;
  const alpha = pattern.either(
    () => (sigmoid.inputs[0] === x ? 1 : undefined),
    () => {
      const factor = pattern.find(sigmoid.inputs[0], 'Mul', 'Div');
      const product = factor && productOf(pattern, factor);
      return product?.values.join() === x ? product.scalar : undefined;
    },
  );
  if (alpha === undefined || !isWhole(pattern, x)) return undefined;
  if (graph.opset < opsets.Swish) return needsOpset(graph, 'Swish', opsets.Swish);
  if (graph.opset > newestOpsetOfSwish) return lacksKernel(graph, 'Swish', newestOpsetOfSwish);
  return replace(pattern, { ...root, opType: 'Swish', inputs: [x], attributes: [floatAttribute('alpha', alpha)] });
}

/** x·tanh(ln(1 + eˣ)) (Misra 2019), with Softplus or its formula. */
function fuseMish(pattern: Pattern, { x, gate, scalar }: Gated): RuleVerdict {
  const { graph, root } = pattern;
  const tanh = scalar === 1 ? pattern.find(gate, 'Tanh') : undefined;
  const softplus = pattern.find(tanh?.inputs[0], 'Softplus', 'Log');
  if (softplus === undefined || softplusArgument(pattern, softplus) !== x || !isWhole(pattern, x)) return undefined;
  if (graph.opset < opsets.Mish) return needsOpset(graph, 'Mish', opsets.Mish);
  return replace(pattern, { ...root, opType: 'Mish', inputs: [x], attributes: [] });
}

/** The x of Softplus(x), or of ln(eˣ + 1). */
function softplusArgument(pattern: Pattern, { opType, inputs }: Node): ValueName | undefined {
  if (opType === 'Softplus') return inputs[0];
  const add = pattern.find(inputs[0], 'Add');
  const sum = add && scalarOperand(pattern.graph, add);
  return sum?.scalar === 1 ? pattern.find(sum.value, 'Exp')?.inputs[0] : undefined;
}

function replace(pattern: Pattern, node: Node): RuleVerdict {
  pattern.replaceWith([node]);
  return { change: `Fused with the nodes before into ${node.opType}` };
}

/** Nothing else reads the nodes in between, and the numbers among them make the result no larger than x. */
function isWhole(pattern: Pattern, x: ValueName): boolean {
  const [before, after] = [x, pattern.root.outputs[0]!].map((name) => pattern.graph.value(name).shape?.length);
  return before !== undefined && before === after && pattern.isClosed();
}

function isNearIn(pattern: Pattern, value: number, wanted: number): boolean {
  const isHalf = pattern.graph.value(pattern.root.outputs[0]!).elementType === DataType.float16;
  return isNear(value, wanted, isHalf);
}

export const fuseActivations: Simplification = {
  id: 'fuse-activations',
  summary: 'Fuses activations written as several nodes.',
  apply: (model, context) => rewriteModel(model, context, fuse),
};

/** Exporters write the numbers of a formula rounded to the type of the model, or to five places by hand. */
const tolerance = 1e-5;
/** Half of the distance of float16 numbers. */
const halfTolerance = 2 ** -11;

/** True where a constant is the number of a formula. `isHalf`: the constant is float16. */
function isNear(value: number, wanted: number, isHalf = false): boolean {
  return Math.abs(value - wanted) <= Math.abs(wanted) * (isHalf ? halfTolerance : tolerance);
}
