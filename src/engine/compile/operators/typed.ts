/** Operators on values of any type: comparisons, logic, integers, conversions and choices. */
import { elementCall } from '../loop-nest';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import { elementBytes, type ElementType, type TensorView } from '../tensor-view';
import type { Argument } from '../wasm/call';
import type { CompiledFamily, CompiledOperator, Unit } from './compiled-operator';

/** Numbers of types in kernels. */
export const typeNumbers: Readonly<Record<ElementType, number>> = {
  float32: 0,
  int32: 1,
  int64: 2,
  int8: 3,
  uint8: 4,
  bool: 5,
};

/** Adds the step of a kernel that goes through elements. */
function addElements(
  plan: Plan,
  kernel: string,
  { inputs, result }: { readonly inputs: readonly TensorView[]; readonly result: TensorView },
  last: readonly Argument[],
): void {
  plan.addStep(inputs, [result], () => [elementCall(kernel, inputs, result, last)]);
}

const kinds = {
  ...{ Add: 0, Sub: 1, Mul: 2, Div: 3, Max: 4, Min: 5, floorMod: 6, Mod: 7 },
  ...{ And: 8, Or: 9, Xor: 10, Abs: 11, Equal: 16, Less: 17, LessOrEqual: 18 },
} as const;

function addPair(plan: Plan, kind: number, pair: readonly [TensorView, TensorView], result: TensorView): void {
  const types = [pair[0].type, result.type].map((type) => typeNumbers[type]);
  addElements(plan, 'combineValues', { inputs: pair, result }, [kind, ...types]);
}

/** Computes Add, Sub, Mul, Div, Max, Min and Sum with integers, from the left. */
export function lowerIntegers(unit: Unit, plan: Plan): void {
  const { opType = '' } = unit.facts.node;
  const kind = kinds[(opType === 'Sum' ? 'Add' : opType) as keyof typeof kinds];
  if (kind === undefined)
    refuse(`Its inputs are ${plan.value(unit.inputs[0]!).type}; compiled modules compute it in float32.`);
  const { name, shape, type } = unit.outputs[0]!;
  const result = plan.flatView(shape, type);
  const [first, ...others] = unit.inputs.map((input) => plan.flat(input));
  let left = first!;
  for (const right of others) {
    addPair(plan, kind, [left, right], result);
    left = result;
  }
  if (others.length === 0) plan.copy(left, result);
  plan.define(name, result);
}

/** An operator whose steps compute its only output, row-major. */
const computing = (addSteps: (unit: Unit, plan: Plan, result: TensorView) => void): CompiledOperator => ({
  lower(unit, plan) {
    const { name, shape, type } = unit.outputs[0]!;
    const result = plan.flatView(shape, type);
    addSteps(unit, plan, result);
    plan.define(name, result);
  },
});

const pair = (kind: number, isTurned = false): CompiledOperator =>
  computing(({ inputs }, plan, result) => {
    const [left, right] = inputs.map((input) => plan.flat(input));
    addPair(plan, kind, isTurned ? [right!, left!] : [left!, right!], result);
  });

function constantOf(plan: Plan, type: ElementType, number: number): TensorView {
  const result = plan.flatView([], type);
  addConversion(plan, plan.scalar(number), result);
  return result;
}

const not = computing(({ inputs }, plan, result) =>
  addPair(plan, kinds.Xor, [plan.flat(inputs[0]!), constantOf(plan, result.type, 1)], result),
);

const mod: CompiledOperator = {
  lower(unit, plan) {
    if (plan.value(unit.inputs[0]!).type === 'float32') refuse('Its inputs are float32.');
    pair(unit.facts.int('fmod') === 1 ? kinds.Mod : kinds.floorMod).lower(unit, plan);
  },
};

/** Adds the step that converts elements to another type. */
export function addConversion(plan: Plan, input: TensorView, result: TensorView): void {
  const types = [input.type, result.type].map((type) => typeNumbers[type]);
  addElements(plan, 'convert', { inputs: [input], result }, types);
}

const conversion = computing(({ inputs }, plan, result) => addConversion(plan, plan.flat(inputs[0]!), result));

const cast: CompiledOperator = {
  lower(unit, plan) {
    const [from = ''] = unit.inputs;
    const { name, type } = unit.outputs[0]!;
    if (plan.value(from).type === type) plan.alias(from, name);
    else conversion.lower(unit, plan);
  },
};

const special = (kindOf: (unit: Unit) => number): CompiledOperator =>
  computing((unit, plan, result) =>
    addElements(plan, 'isSpecial', { inputs: [plan.flat(unit.inputs[0]!)], result }, [kindOf(unit)]),
  );

const where = computing((unit, plan, result) => {
  const inputs = unit.inputs.map((input) => plan.flat(input));
  addElements(plan, 'choose', { inputs, result }, [elementBytes[result.type]]);
});

export const typed: CompiledFamily = new Map([
  ['Equal', pair(kinds.Equal)],
  ['Less', pair(kinds.Less)],
  ['LessOrEqual', pair(kinds.LessOrEqual)],
  ['Greater', pair(kinds.Less, true)],
  ['GreaterOrEqual', pair(kinds.LessOrEqual, true)],
  ['And', pair(kinds.And)],
  ['Or', pair(kinds.Or)],
  ['Xor', pair(kinds.Xor)],
  ['Not', not],
  ['Mod', mod],
  ['Cast', cast],
  ['CastLike', cast],
  ['IsNaN', special(() => 0)],
  [
    'IsInf',
    special(({ facts }) => {
      const [positive, negative] = [facts.int('detect_positive') ?? 1, facts.int('detect_negative') ?? 1];
      return positive === 1 ? (negative === 1 ? 1 : 2) : 3;
    }),
  ],
  ['Where', where],
]);
