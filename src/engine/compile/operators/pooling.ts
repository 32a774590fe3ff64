/** Pooling over windows, and over whole pictures. */
import { activationArguments, type Activation } from '../activation';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { TensorView } from '../tensor-view';
import { requireFloats, type CompiledFamily, type CompiledOperator, type Unit } from './compiled-operator';
import { windowOf, type Window } from './window';

export const poolKinds = { maximum: 0, mean: 1, meanWithPads: 2 } as const;

function lowerPool(unit: Unit, plan: Plan, kind: number, window: Window): void {
  requireFloats(plan, unit.inputs);
  if (unit.outputs.length > 1) refuse('Its indices are used.');
  const input = plan.picture(unit.inputs[0]!);
  const output = unit.outputs[0]!;
  const result = plan.pictureView(output.shape, 'float32');
  const isRoundedUp = unit.facts.int('ceil_mode') === 1;
  addWindows(plan, { input, result, window, kind }, { isRoundedUp, activation: unit.activation });
  plan.define(output.name, result);
}

interface Pooled {
  readonly input: TensorView;
  readonly result: TensorView;
  readonly window: Window;
  readonly kind: number;
}

/** Adds the step that reduces each window of a picture. */
export function addWindows(
  plan: Plan,
  { input, result, window, kind }: Pooled,
  { isRoundedUp, activation }: { readonly isRoundedUp: boolean; readonly activation: Activation },
): void {
  plan.addStep([input], [result], () => {
    const [from, to] = [input.storage.steps, result.storage.steps];
    const { h, w, n } = input.storage.picture!;
    const size = result.storage.picture!;
    const [top, left, bottom, right] = window.pads;
    // Only windows that are rounded up reach beyond the padding, where nothing counts.
    const extent = (...ends: readonly number[]) => (isRoundedUp ? ends : ends.map(() => 2 ** 30));
    return [
      {
        kernel: 'pool',
        args: [
          ...[input.pointer(0, [from.image]), from.row, from.pixel, h, w, ...window.kernel, ...window.strides],
          ...[...window.dilations, top, left, ...extent(h + bottom, w + right)],
          ...[result.pointer(0, [to.image]), to.row, to.pixel, size.h, size.w, size.c, kind],
          ...activationArguments(activation),
        ],
        times: [n],
      },
    ];
  });
}

/** Runtimes differ in means where a stride skips inputs under `auto_pad`, and with padding where a window exceeds all of its input. */
function requireUsual({ facts }: Unit, kernel: readonly number[], input: readonly number[], { pads }: Window): void {
  const isSame = facts.string('auto_pad')?.startsWith('SAME') === true;
  const skips = facts.ints('strides')?.some((stride, axis) => stride > kernel[axis]! + 1) === true;
  if (isSame && skips) refuse('Its strides skip inputs under auto_pad.');
  const all = pads.filter((_, side) => input.length === 2 || side % 2 === 1);
  const exceeds = kernel.some((size, axis) => size > input[axis]! + all[axis]! + all[axis + input.length]!);
  if (exceeds && facts.int('count_include_pad') === 1) refuse('Its window exceeds its input.');
}

const pooling = (kindOf: (unit: Unit) => number): CompiledOperator => ({
  fusesActivation: true,
  lower(unit, plan) {
    const kernel = unit.facts.ints('kernel_shape') ?? refuse('It has no kernel_shape.');
    const input = plan.value(unit.inputs[0]!).shape.slice(2);
    const window = windowOf(unit.facts, kernel, input, unit.outputs[0]!.shape.slice(2));
    if (kindOf(unit) !== poolKinds.maximum) requireUsual(unit, kernel, input, window);
    lowerPool(unit, plan, kindOf(unit), window);
  },
});

const globalPooling = (kind: number): CompiledOperator => ({
  fusesActivation: true,
  lower(unit, plan) {
    const spatial = plan.value(unit.inputs[0]!).shape.slice(2);
    if (spatial.length > 2) refuse(`It has ${spatial.length} spatial axes; compiled modules have one or two.`);
    const kernel: readonly [number, number] = spatial.length === 1 ? [1, spatial[0]!] : [spatial[0]!, spatial[1]!];
    lowerPool(unit, plan, kind, { kernel, strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] });
  },
});

export const poolings: CompiledFamily = new Map([
  ['MaxPool', pooling(() => poolKinds.maximum)],
  [
    'AveragePool',
    pooling(({ facts }) => (facts.int('count_include_pad') === 1 ? poolKinds.meanWithPads : poolKinds.mean)),
  ],
  ['GlobalAveragePool', globalPooling(poolKinds.mean)],
  ['GlobalMaxPool', globalPooling(poolKinds.maximum)],
]);
