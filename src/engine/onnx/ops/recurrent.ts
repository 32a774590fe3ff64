/** Recurrent layers. */
import { addSizes, multiplySizes, productOfSizes, type Size } from '../size';
import { coupleRecurrent } from './coupling/recurrent';
import { typeOfInput } from './element-type-rules';
import type { MacsRule, NodeFacts, ShapeRule } from './operator';
import type { OperatorFamily, OperatorRecord, WeightOperand } from './operator-record';

interface Layer {
  readonly sequence: Size;
  readonly batch: Size;
  readonly directions: number;
  readonly hidden: Size;
  readonly input: Size;
  readonly batchFirst: boolean;
}

function layerOf(facts: NodeFacts): Layer | undefined {
  const input = facts.shape(0);
  if (input === undefined) return undefined;
  const batchFirst = facts.int('layout') === 1;
  const [first = null, second = null, last = null] = input;
  return {
    sequence: batchFirst ? second : first,
    batch: batchFirst ? first : second,
    directions: facts.string('direction') === 'bidirectional' ? 2 : 1,
    hidden: facts.int('hidden_size') ?? facts.shape(2)?.at(-1) ?? null,
    input: last,
    batchFirst,
  };
}

/** Y, then the last state (and cell) of each direction. */
const recurrent: ShapeRule = (facts) => {
  const layer = layerOf(facts);
  if (layer === undefined) return [];
  const { sequence, batch, directions, hidden, batchFirst } = layer;
  const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const all = batchFirst ? [batch, sequence, directions, hidden] : [sequence, directions, batch, hidden];
  return [all, state, state];
};

/** Each step multiplies the input and the state with the matrices of every gate. */
const recurrentMacs =
  (gates: number): MacsRule =>
  (facts) => {
    const layer = layerOf(facts);
    if (layer === undefined) return null;
    const { sequence, batch, directions, hidden, input } = layer;
    const perStep = multiplySizes(multiplySizes(hidden, gates * directions), addSizes(input, hidden));
    return productOfSizes([sequence, batch, perStep]);
  };

/** The states that the layer begins with: of an LSTM its cell too. */
const initialStates = { LSTM: [5, 6], others: [5] } as const;

const layer = (gates: number, zerosByDefault: readonly number[]): OperatorRecord => ({
  shapes: recurrent,
  elementTypes: typeOfInput(0),
  weights: [{ input: 1 }, { input: 2 }],
  macs: recurrentMacs(gates),
  zerosByDefault,
  optionalOutputsFrom: 0,
});

export const recurrentLayers: OperatorFamily = {
  LSTM: { ...layer(4, initialStates.LSTM), coupling: coupleRecurrent(4) },
  GRU: { ...layer(3, initialStates.others), coupling: coupleRecurrent(3) },
  RNN: { ...layer(1, initialStates.others), coupling: coupleRecurrent(1) },
};

/** The channel axis of a weight [directions, input, 4 × hidden]: scales belong to directions, or to columns if there is one direction. */
const channelAxis: WeightOperand['channelAxis'] = (dims, channels) =>
  dims[0] === channels ? 0 : dims[0] === 1 ? dims.length - 1 : undefined;

export const microsoftRecurrentLayers: OperatorFamily = {
  DynamicQuantizeLSTM: {
    ...layer(4, initialStates.LSTM),
    weights: [
      { input: 1, scaleInput: 8, zeroPointInput: 9, channelAxis },
      { input: 2, scaleInput: 10, zeroPointInput: 11, channelAxis },
    ],
  },
};
