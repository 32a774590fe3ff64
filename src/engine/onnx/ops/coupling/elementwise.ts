/** Operators that work element by element: whatever lies at the same place goes together. */
import {
  alikeRule,
  broadcastAtoms,
  joinAxes,
  lockAll,
  lockAxis,
  type CouplingFamily,
  type CouplingRule,
} from './coupling-rule';
import { axisFromFront } from '../operator';

const unary: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  return { outputs: context.facts.node.outputs.map(() => atoms) };
};

const broadcast: CouplingRule = (context) => {
  const operands = context.facts.node.inputs.map((_, input) => ({
    atoms: context.atoms(input),
    shape: context.facts.shape(input),
  }));
  if (operands.some(({ atoms, shape }) => atoms === undefined || shape === undefined)) {
    return lockAll(context, 'The shape of one of its inputs is not known.');
  }
  return {
    outputs: [
      broadcastAtoms(
        context,
        operands as {
          atoms: NonNullable<(typeof operands)[0]['atoms']>;
          shape: NonNullable<(typeof operands)[0]['shape']>;
        }[],
      ),
    ],
  };
};

/** Every position of the axis takes part in each result. */
const alongAxis =
  (defaultAxis: (opset: number) => number, coerces: boolean): CouplingRule =>
  (context) => {
    const atoms = context.atoms(0);
    const { facts } = context;
    const axis = atoms && axisFromFront(facts.int('axis') ?? defaultAxis(facts.opset), atoms.length);
    if (atoms === undefined || axis === undefined) return lockAll(context, 'Its axis is not known.');
    const last = coerces && facts.opset < 13 ? atoms.length : axis + 1;
    const reason = `${facts.node.opType} compares all positions of this axis with each other.`;
    return {
      outputs: facts.node.outputs.map(() =>
        atoms.map((entry, at) => (at >= axis && at < last ? lockAxis(context, entry, reason) : entry)),
      ),
    };
  };

/** Scale and zero point of an axis belong to its positions. */
const quantization: CouplingRule = (context) => {
  const atoms = context.atoms(0);
  const { facts } = context;
  if (context.constant(0)) return lockAll(context, 'Its weight is quantized: remove channels before that.');
  const axis = atoms && axisFromFront(facts.int('axis') ?? 1, atoms.length);
  if (atoms === undefined || facts.int('block_size')) return lockAll(context, 'Its scales belong to blocks.');
  for (const input of [1, 2]) {
    const scale = context.atoms(input);
    if (scale?.length === 1 && facts.shape(input)?.[0] !== 1 && axis !== undefined) {
      joinAxes(context, atoms[axis]!, scale[0]!);
    }
  }
  return { outputs: [atoms] };
};

export const elementwiseCoupling: CouplingFamily = {
  ...alikeRule(
    'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Cast Celu Ceil Clip Cos Cosh Dropout Elu Erf Exp Floor Gelu ' +
      'HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid ' +
      'Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu',
    unary,
  ),
  ...alikeRule(
    'Add Sub Mul Div Pow Mod Min Max Mean Sum Equal Less Greater LessOrEqual GreaterOrEqual And Or Xor Where PRelu',
    broadcast,
  ),
  ...alikeRule(
    'Softmax LogSoftmax Hardmax',
    alongAxis((opset) => (opset < 13 ? 1 : -1), true),
  ),
  LpNormalization: alongAxis(() => -1, false),
  ...alikeRule('QuantizeLinear DequantizeLinear', quantization),
};

export const microsoftElementwiseCoupling: CouplingFamily = {
  ...alikeRule('Gelu FastGelu QuickGelu', (context) => (context.facts.has(1) ? broadcast(context) : unary(context))),
};
