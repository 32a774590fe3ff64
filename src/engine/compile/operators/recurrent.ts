/** Recurrent layers: the products with all inputs in one step, then a kernel that goes through the steps. */
import { activationArguments, noActivation } from '../activation';
import { packPanels } from '../pack';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { TensorView } from '../tensor-view';
import { startOf, type Call, type Region } from '../wasm/call';
import { requireFloats, type CompiledFamily, type CompiledOperator, type Unit } from './compiled-operator';

interface Layer {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  /** Gates of one step. */
  readonly gates: number;
  readonly directions: number;
}

function constantOf(plan: Plan, name: string | undefined, what: string): Float32Array {
  return plan.floats(name) ?? refuse(`Its ${what} are not constants of float32.`);
}

/** Refuses what the kernels do not have. */
function requirePlain({ facts, inputs }: Unit, plan: Plan, activations: readonly string[]): void {
  const given = facts.strings('activations');
  const isUsual = given.every((name, index) => name.toLowerCase() === activations[index % activations.length]);
  if (!isUsual) refuse('It has other activations than the usual ones.');
  if (facts.node.attributes.some(({ name }) => name === 'clip')) refuse('It has a clip.');
  if (facts.int('input_forget') === 1) refuse('It couples input and forget gates.');
  if (facts.int('layout') === 1) refuse('Its layout is 1.');
  if ((inputs[7] ?? '') !== '') refuse('It has peephole weights.');
  const lengths = inputs[4] ?? '';
  const steps = plan.value(inputs[0]!).shape[0];
  if (lengths !== '' && plan.integers(lengths)?.every((length) => length === steps) !== true) {
    refuse('Its sequences have lengths of their own.');
  }
}

/** Rows `from` to `from + count` of a matrix as panels. */
function panelsOf(plan: Plan, matrix: Float32Array, depth: number, rows: { from: number; count: number }): Region {
  const read = (column: number, row: number) => matrix[(rows.from + column) * depth + row]!;
  return plan.data(packPanels(rows.count, depth, read));
}

/** A state: given, or zeros, in memory that the layer may change. */
function stateOf(plan: Plan, name: string | undefined, shape: readonly number[]): TensorView {
  const state = plan.flatView(shape, 'float32');
  if (name === undefined || name === '') plan.fill(state, 0);
  else plan.copy(plan.flat(name), state);
  return state;
}

/** Computes the share of the inputs of all steps in the gates, for one direction. */
function inputGates(
  plan: Plan,
  layer: Layer,
  input: TensorView,
  parts: { weights: Float32Array; bias: Float32Array; direction: number },
): TensorView {
  const { steps, batch, inputs, gates } = layer;
  const { weights, bias, direction } = parts;
  const panels = panelsOf(plan, weights, inputs, { from: direction * gates, count: gates });
  const added = plan.data(bias);
  const result = plan.flatView([steps, batch, gates], 'float32');
  plan.addStep([input], [result], () => [
    {
      kernel: 'gemm',
      args: [
        ...[input.pointer(), 0, inputs * 4, 1, 0, 1, 0, inputs, startOf(panels), startOf(added)],
        ...[result.pointer(), 0, gates * 4, 0, 0, 0, 1, steps * batch, gates, ...activationArguments(noActivation), 1],
      ],
    },
  ]);
  return result;
}

function layerOf(unit: Unit, plan: Plan, gatesOf: number): Layer {
  const [inputName = '', weightName = ''] = unit.inputs;
  requireFloats(plan, [inputName]);
  const [steps = 1, batch = 1, inputs = 1] = plan.value(inputName).shape;
  const [directions = 1, gates = 1] = plan.value(weightName).shape;
  return { steps, batch, inputs, hidden: gates / gatesOf, gates, directions };
}

/** The address of the first step of a direction, and the bytes from one step to the next. */
function walk(
  view: TensorView,
  { steps, step, offset }: { steps: number; step: number; offset: number },
  isReverse: boolean,
) {
  const bytes = step * 4;
  return isReverse ? [view.pointer(offset * 4 + (steps - 1) * bytes), -bytes] : [view.pointer(offset * 4), bytes];
}

interface Direction {
  readonly gates: TensorView;
  readonly state: TensorView;
  readonly index: number;
  readonly isReverse: boolean;
  readonly result: TensorView;
}

/** The bias of the inputs and that of the state, one after the other. */
function biasOf(
  plan: Plan,
  name: string | undefined,
  { gates, directions }: Layer,
  direction: number,
): [Float32Array, Float32Array] {
  const both =
    name === undefined || name === '' ? new Float32Array(2 * gates * directions) : constantOf(plan, name, 'biases');
  const start = 2 * gates * direction;
  return [both.slice(start, start + gates), both.slice(start + gates, start + 2 * gates)];
}

function lowerLayer(
  unit: Unit,
  plan: Plan,
  layer: Layer,
  run: (direction: Direction, bias: [Float32Array, Float32Array]) => void,
  inputBias: (bias: [Float32Array, Float32Array]) => Float32Array,
): void {
  const { steps, batch, hidden, directions } = layer;
  const weights = constantOf(plan, unit.inputs[1], 'weights');
  const input = plan.flat(unit.inputs[0]!);
  const result = plan.flatView([steps, directions, batch, hidden], 'float32');
  const states = stateOf(plan, unit.inputs[5], [directions, batch, hidden]);
  const isReversed = unit.facts.string('direction') === 'reverse';
  for (let index = 0; index < directions; index++) {
    const bias = biasOf(plan, unit.inputs[3], layer, index);
    const gates = inputGates(plan, layer, input, { weights, bias: inputBias(bias), direction: index });
    const state = states.along(0, index, 1);
    run({ gates, state, index, isReverse: isReversed || index === 1, result }, bias);
  }
  const [all, last] = unit.outputs;
  if (all!.name !== '') plan.define(all!.name, result);
  if (last !== undefined && last.name !== '') plan.define(last.name, states);
}

const lstm: CompiledOperator = {
  lower(unit, plan) {
    requirePlain(unit, plan, ['sigmoid', 'tanh', 'tanh']);
    const layer = layerOf(unit, plan, 4);
    const { steps, batch, hidden, gates: width, directions } = layer;
    const recurrent = constantOf(plan, unit.inputs[2], 'weights');
    const cells = stateOf(plan, unit.inputs[6], [directions, batch, hidden]);
    const zeros = plan.zeros(width * 4 + 32);
    const scratch = plan.flatView([batch, width], 'float32');
    const run = ({ gates, state, index, isReverse, result }: Direction): void => {
      const cell = cells.along(0, index, 1);
      const panels = panelsOf(plan, recurrent, hidden, { from: index * width, count: width });
      plan.addStep([gates], [result, state, cell, scratch], () => [
        call('lstm', [
          ...walk(gates, { steps, step: batch * width, offset: 0 }, isReverse),
          ...[startOf(panels), startOf(zeros), state.pointer(), cell.pointer(), scratch.pointer()],
          ...walk(result, { steps, step: directions * batch * hidden, offset: index * batch * hidden }, isReverse),
          ...[steps, batch, hidden],
        ]),
      ]);
    };
    lowerLayer(unit, plan, layer, run, ([left, right]) => left.map((number, gate) => number + right[gate]!));
    const last = unit.outputs[2];
    if (last !== undefined && last.name !== '') plan.define(last.name, cells);
  },
};

const call = (kernel: string, args: Call['args']): Call => ({ kernel, args });

const gru: CompiledOperator = {
  lower(unit, plan) {
    requirePlain(unit, plan, ['sigmoid', 'tanh']);
    const layer = layerOf(unit, plan, 3);
    const { steps, batch, hidden, gates: width, directions } = layer;
    const recurrent = constantOf(plan, unit.inputs[2], 'weights');
    const isLinear = unit.facts.int('linear_before_reset') === 1 ? 1 : 0;
    const zeros = plan.zeros(width * 4 + 32);
    const scratch = plan.flatView([batch, width], 'float32');
    const reset = plan.flatView([batch, hidden], 'float32');
    const run = (
      { gates, state, index, isReverse, result }: Direction,
      [, bias]: [Float32Array, Float32Array],
    ): void => {
      const start = index * width;
      const panels = panelsOf(plan, recurrent, hidden, { from: start, count: 2 * hidden });
      const last = panelsOf(plan, recurrent, hidden, { from: start + 2 * hidden, count: hidden });
      const lastBias = plan.data(bias.slice(2 * hidden));
      plan.addStep([gates], [result, state, scratch, reset], () => [
        call('gru', [
          ...walk(gates, { steps, step: batch * width, offset: 0 }, isReverse),
          ...[panels, last, lastBias, zeros].map(startOf),
          ...[state.pointer(), scratch.pointer(), reset.pointer()],
          ...walk(result, { steps, step: directions * batch * hidden, offset: index * batch * hidden }, isReverse),
          ...[steps, batch, hidden, isLinear],
        ]),
      ]);
    };
    // The bias of the last gate stays with the state, because the reset gate may come after it.
    lowerLayer(unit, plan, layer, run, ([left, right]) =>
      left.map((number, gate) => number + (gate < 2 * hidden ? right[gate]! : 0)),
    );
  },
};

export const recurrents: CompiledFamily = new Map([
  ['LSTM', lstm],
  ['GRU', gru],
]);
