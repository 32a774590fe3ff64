/** Recurrent layers. */
import { addSizes, multiplySizes, productOfSizes, type Size } from '../size';
import { type MacsRule, type NodeFacts, type OperatorFacts, type OperatorFamily, type ShapeRule } from './operator';

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

const layer = (gates: number, zerosByDefault: readonly number[]): OperatorFacts => ({
  shapes: recurrent,
  macs: recurrentMacs(gates),
  optionalOutputsFrom: 0,
  zerosByDefault,
});

export const recurrentLayers: OperatorFamily = {
  LSTM: layer(4, initialStates.LSTM),
  DynamicQuantizeLSTM: layer(4, initialStates.LSTM),
  GRU: layer(3, initialStates.others),
  RNN: layer(1, initialStates.others),
};
