/** One update of the flat parameter vector, as nodes. Values that change from step to step are fed as scalars. */
import type { ValueName } from '../onnx/graph';
import { withMatrices, type MatrixPlace } from './muon';
import type { StepBuilder } from './step-builder';

export type OptimizerKind = 'adamw' | 'adam' | 'muon';

export interface OptimizerSettings {
  readonly kind: OptimizerKind;
  readonly weightDecay: number;
}

/** The state of an optimizer beside the weights, each a vector as long as theirs. */
export type Moment = 'first' | 'second';

export interface UpdateInputs {
  readonly weights: ValueName;
  readonly moments: Readonly<Record<Moment, ValueName>>;
  readonly gradient: ValueName;
  /** Scalars of this step, see `stepScalars`. */
  readonly scalars: Readonly<Record<StepScalar, ValueName>>;
  /** 1 if weight decay applies, 0 elsewhere. Absent: no weight decay. */
  readonly decayed?: ValueName;
  /** 0 if a weight is to stay as it is, pruned ones. */
  readonly mask?: ValueName;
  /** A factor of the learning rate of each weight. */
  readonly rates?: ValueName;
  /** Matrices that Muon moves; it moves all else as Adam does. */
  readonly matrices?: readonly MatrixPlace[];
}

/** `rate`: step size with the first correction; `spread`: second correction; `decay`: step size times weight decay. */
export type StepScalar = 'rate' | 'spread' | 'decay';

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

export interface Update {
  readonly weights: ValueName;
  readonly moments: Readonly<Record<Moment, ValueName>>;
}

/**
 * The scalars of a step. Adam (Kingma and Ba 2015): w' = w − lr·c₁·m'/(c₂·√v' + ε), c₁ = 1/(1 − β₁ᵗ), c₂ = 1/√(1 −
 * β₂ᵗ). AdamW (Loshchilov and Hutter 2019) subtracts lr·decay·w in addition. Muon needs only the step size. For weights
 * that it updates like Adam, the first correction is in `spread`.
 *
 * @param step counted from 1.
 */
export function stepScalars(
  { kind, weightDecay }: OptimizerSettings,
  learningRate: number,
  step: number,
): Record<StepScalar, number> {
  const decay = learningRate * weightDecay;
  const [first, spread] = [1 - beta1 ** step, 1 / Math.sqrt(1 - beta2 ** step)];
  return kind === 'muon'
    ? { rate: learningRate, spread: spread * first, decay }
    : { rate: learningRate / first, spread, decay };
}

/** Adds the nodes that compute the weights and moments after a step. Elements at which `mask` is 0 stay. */
export function emitUpdate(builder: StepBuilder, settings: OptimizerSettings, inputs: UpdateInputs): Update {
  const {
    weights,
    moments: { first, second: squares },
    scalars,
    decayed,
    mask,
  } = inputs;
  const gradient = mask === undefined ? inputs.gradient : builder.multiply(inputs.gradient, mask);
  const momentum = builder.add(builder.scale(first, beta1), builder.scale(gradient, 1 - beta1));
  const second = builder.add(
    builder.scale(squares, beta2),
    builder.scale(builder.multiply(gradient, gradient), 1 - beta2),
  );
  const direction = builder.divide(
    momentum,
    builder.add(builder.multiply(builder.unary('Sqrt', second), scalars.spread), builder.scalar(epsilon)),
  );
  const turned = settings.kind === 'muon' ? muonDirection(builder, direction, gradient, momentum, inputs) : direction;
  const scaled = builder.multiply(turned, scalars.rate);
  const change = inputs.rates === undefined ? scaled : builder.multiply(scaled, inputs.rates);
  const moved = builder.subtract(weights, change);
  const shrunk =
    decayed === undefined
      ? moved
      : builder.subtract(moved, builder.multiply(builder.multiply(weights, decayed), scalars.decay));
  return { weights: shrunk, moments: { first: momentum, second } };
}

/**
 * Orthogonal if there are matrices, of the Nesterov momentum. It is masked once more, because each element comes from
 * all of them.
 */
function muonDirection(
  builder: StepBuilder,
  direction: ValueName,
  gradient: ValueName,
  momentum: ValueName,
  { matrices = [], mask }: UpdateInputs,
): ValueName {
  const ahead = builder.add(builder.scale(gradient, 1 - beta1), builder.scale(momentum, beta1));
  const turned = withMatrices(builder, direction, ahead, matrices);
  return mask === undefined ? turned : builder.multiply(turned, mask);
}

/** e' = e + (1 − d)·(w' − e), where `share` is 1 − d. */
export function emitAverage(builder: StepBuilder, average: ValueName, weights: ValueName, share: ValueName): ValueName {
  return builder.add(average, builder.multiply(builder.subtract(weights, average), share));
}
