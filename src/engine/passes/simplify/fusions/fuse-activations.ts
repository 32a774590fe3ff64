/**
 * Fuses activations that exporters write as several nodes: HardSigmoid, HardSwish (opset 14), Mish (opset 18), Gelu
 * (opset 20) with the error function or tanh, Swish (opset 24 alone). In an older model HardSwish becomes HardSigmoid
 * and Mul, and the others stay. Only float16 and float32 are fused, because the runtimes have no others.
 */
import { DataType } from '../../../onnx/data-type';
import type { Attribute, Node } from '../../../onnx/graph';
import { getAttributeFloat, isDefaultDomain } from '../../../onnx/traverse';
import { floatAttribute, stringAttribute } from '../../../onnx/attributes';
import { clipBounds } from '../clip-bounds';
import { any, either, is, near, number, op, power, product, sum, value, type Term } from './formula';
import { lacksKernel, needsOpset, Pattern } from './pattern';
import { rewriteModel, type NodeRule, type RuleVerdict } from '../rewrite-model';
import type { Simplification } from '../simplification';

const types = new Set<number | undefined>([DataType.float16, DataType.float32]);
const lastOperators = new Set<string | undefined>(['Clip', 'Mul', 'Div']);

/** A formula of an activation of x, and the nodes that replace it. */
interface Activation {
  readonly formula: Term;
  readonly fuse: (pattern: Pattern) => RuleVerdict;
}

const x = value('x');

/** A Clip from 0 to a number, which gets the label `top`. */
function clip(argument: Term): Term {
  return (pattern, name) => {
    const node = pattern.find(name, 'Clip');
    const bounds = node && clipBounds(pattern.graph, node);
    if (bounds?.lower !== 0 || !(bounds.upper > 0 && bounds.upper < Infinity)) return false;
    return pattern.bind('top', bounds.upper) && argument(pattern, node!.inputs[0]!);
  };
}

/** clip(factor·x + shift, 0, top) */
const gate = clip(sum(either(product(any('factor'), x), x), number(any('shift'))));

const erf = op('Erf', product(near(Math.SQRT1_2), x));
const rootPi = near(Math.sqrt(2 / Math.PI));
const cubic = near(0.044715);
const tanh = op(
  'Tanh',
  either(product(rootPi, sum(x, power(cubic, 'x', 3))), product(rootPi, x, sum(number(near(1)), power(cubic, 'x', 2)))),
);
const softplus = either(op('Softplus', x), op('Log', sum(op('Exp', x), number(is(1)))));

const activations: readonly Activation[] = [
  { formula: either(gate, product(any('scalar'), gate)), fuse: fuseHardSigmoid },
  {
    formula: product(any('scalar'), x, either(value('HardSigmoid', op('HardSigmoid', x)), gate)),
    fuse: fuseHardSwish,
  },
  // x·tanh(ln(1 + eˣ)) (Misra 2019), with Softplus or its formula.
  { formula: product(is(1), x, op('Tanh', softplus)), fuse: (pattern) => fuseInto(pattern, 'Mish', 18) },
  // ½·x·(1 + erf(x ÷ √2)), or its approximation ½·x·(1 + tanh(√(2 ÷ π)·(x + 0.044715·x³))) (Hendrycks and Gimpel 2016).
  {
    formula: product(near(0.5), x, sum(number(near(1)), erf)),
    fuse: (pattern) => fuseInto(pattern, 'Gelu', 20),
  },
  {
    formula: product(near(0.5), x, sum(number(near(1)), tanh)),
    fuse: (pattern) => fuseInto(pattern, 'Gelu', 20, [stringAttribute('approximate', 'tanh')]),
  },
  // x·sigmoid(alpha·x): SiLU with an alpha of 1 (Ramachandran, Zoph and Le 2017).
  {
    formula: product(is(1), x, op('Sigmoid', either(x, product(any('alpha'), x)))),
    fuse(pattern) {
      const { graph } = pattern;
      if (graph.opset > newestOpsetOfSwish) return lacksKernel(graph, 'Swish', newestOpsetOfSwish);
      return fuseInto(pattern, 'Swish', 24, [floatAttribute('alpha', pattern.numberOf('alpha') ?? 1)]);
    },
  },
];

/** ONNX Runtime registers its kernel for this version only (onnxruntime-web 1.30, onnxruntime 1.32); it has all others here. */
const newestOpsetOfSwish = 24;
const opsetOfHardSwish = 14;

const fuse: NodeRule = (graph, node) => {
  if (!isDefaultDomain(node.domain) || !lastOperators.has(node.opType)) return undefined;
  if (!types.has(graph.value(node.outputs[0] ?? '').elementType)) return undefined;
  for (const activation of activations) {
    const pattern = new Pattern(graph, node);
    const verdict =
      activation.formula(pattern, node.outputs[0]!) && isWhole(pattern) ? activation.fuse(pattern) : undefined;
    if (verdict !== undefined) return verdict;
  }
  return undefined;
};

function fuseInto(
  pattern: Pattern,
  operator: string,
  opset: number,
  attributes: readonly Attribute[] = [],
): RuleVerdict {
  const { root, graph } = pattern;
  if (graph.opset < opset) return needsOpset(graph, operator, opset);
  pattern.replaceWith([{ ...root, opType: operator, inputs: [pattern.valueOf('x')!], attributes }]);
  return { change: `Fused with the nodes before into ${operator}` };
}

function fuseHardSigmoid(pattern: Pattern): RuleVerdict {
  const slope = slopeOf(pattern);
  if (slope === undefined) return undefined;
  const { name, outputs } = pattern.root;
  pattern.replaceWith([{ ...hardSigmoid(pattern, slope), name, outputs }]);
  return { change: 'Fused with the nodes before into HardSigmoid' };
}

function fuseHardSwish(pattern: Pattern): RuleVerdict {
  const { root, graph } = pattern;
  const fused = graph.producer(pattern.valueOf('HardSigmoid') ?? '');
  const slope = slopeOf(pattern, fused);
  if (slope === undefined) return undefined;
  const isSwish = near(1 / 6)(pattern, slope.alpha) && near(0.5)(pattern, slope.beta);
  if (isSwish && graph.opset >= opsetOfHardSwish) return fuseInto(pattern, 'HardSwish', opsetOfHardSwish);
  if (fused !== undefined) return undefined;
  const between = graph.freshName(`${root.outputs[0]!}_gate`);
  const inputs = [pattern.valueOf('x')!, between];
  pattern.replaceWith([
    { ...hardSigmoid(pattern, slope), outputs: [between] },
    { ...root, opType: 'Mul', inputs, attributes: [] },
  ]);
  return { change: 'Fused with the nodes before into HardSigmoid and Mul' };
}

/** clip(alpha·x + beta, 0, 1) */
interface Slope {
  readonly alpha: number;
  readonly beta: number;
}

/** The gate of a pattern brought to 1 at the top: a Clip, or a HardSigmoid where there is one. `undefined` if another number is its top. */
function slopeOf(pattern: Pattern, fused?: Node): Slope | undefined {
  const top = pattern.numberOf('top') ?? 1;
  if (!near(1)(pattern, (pattern.numberOf('scalar') ?? 1) * top)) return undefined;
  if (fused !== undefined)
    return { alpha: getAttributeFloat(fused, 'alpha') ?? 0.2, beta: getAttributeFloat(fused, 'beta') ?? 0.5 };
  return { alpha: (pattern.numberOf('factor') ?? 1) / top, beta: pattern.numberOf('shift')! / top };
}

function hardSigmoid(pattern: Pattern, { alpha, beta }: Slope): Node {
  const attributes = [floatAttribute('alpha', alpha), floatAttribute('beta', beta)];
  return { opType: 'HardSigmoid', inputs: [pattern.valueOf('x')!], outputs: [], attributes };
}

/** Nothing else reads the nodes in between, and the numbers among them make the result no larger than x. */
function isWhole(pattern: Pattern): boolean {
  const names = [pattern.valueOf('x')!, pattern.root.outputs[0]!];
  const [before, after] = names.map((name) => pattern.graph.value(name).shape?.length);
  return before !== undefined && before === after && pattern.isClosed();
}

export const fuseActivations: Simplification = {
  id: 'fuse-activations',
  summary: 'Fuses activations written as several nodes.',
  apply: (model, context) => rewriteModel(model, context, fuse),
};
