/** Recipes to start from: common wishes, each with one sentence on the expected result. */
import { OP_TYPES_WITH_CONV } from '../passes/quantize/dynamic/dynamic-options';
import { recipeOf, type Recipe } from './recipe';

/** The goals of presets, in the order of a menu. */
export const presetFamilies = [
  { id: 'download', title: 'Smaller download, same speed' },
  { id: 'cpu', title: 'Faster on a CPU' },
  { id: 'half', title: 'Half the size, for GPUs' },
  { id: 'integers', title: 'For integer hardware' },
  { id: 'computations', title: 'Fewer computations' },
  { id: 'recurrent', title: 'Fewer computations of an LSTM or GRU' },
  { id: 'zeros', title: 'Smaller after gzip' },
  { id: 'clean', title: 'Identical outputs' },
] as const;

export interface Preset<Id extends string = string> {
  readonly id: Id;
  readonly family: (typeof presetFamilies)[number]['id'];
  readonly title: string;
  readonly explanation: string;
  readonly recipe: Recipe;
}

/** Stores the floats of low-bit weights, which are scales and biases, as float16. */
export const floatsIn16Bits = { pass: 'store-float16', options: {} };
const quantize = { pass: 'quantize-dynamic', options: {} };
const simplify = { pass: 'simplify', options: {} };
export const weightsIn8Bits = {
  pass: 'quantize-weights',
  options: { bits: '8', blockSize: '0', symmetric: true },
} as const;
const weightsIn4Bits = { pass: 'quantize-weights', options: {} };
/** Quantizes all layers by channel, the smallest form after channel pruning. */
export const allIn4BitsByChannel = {
  pass: 'quantize-weights',
  options: { bits: '4', blockSize: '0', keepEnds: false },
} as const;
export const withoutChannels = (remove: number) => ({ pass: 'prune-channels', options: { remove } });
/** Removes a share of the MACs at which most nets lose hardly a point (docs/design/pruning.md). */
export const fewerChannels = withoutChannels(0.3);
const prune = { pass: 'prune-weights', options: { amount: 0.5 } };

const all = [
  {
    id: 'simplify',
    family: 'clean',
    title: 'Simplify',
    explanation: 'Fewer nodes, identical outputs. Other passes then find more to improve.',
    recipe: recipeOf([simplify]),
  },
  {
    id: 'int4-weights',
    family: 'download',
    title: '4-bit weights',
    explanation: 'About 1/6 of the size, float32 speed, nearly identical outputs. Best with your data.',
    recipe: recipeOf([simplify, weightsIn4Bits, floatsIn16Bits]),
  },
  {
    id: 'int8-weights',
    family: 'download',
    title: '8-bit weights',
    explanation: 'About 1/4 of the size, float32 speed, nearly identical outputs.',
    recipe: recipeOf([simplify, weightsIn8Bits, floatsIn16Bits]),
  },
  {
    id: 'int2-weights',
    family: 'download',
    title: '2-bit weights',
    explanation:
      '2-bit matrix products, 4-bit weights elsewhere: about 1/10 of the size. Needs your data; compare the accuracy.',
    recipe: recipeOf([simplify, { pass: 'quantize-weights', options: { bits: '2' } }, floatsIn16Bits]),
  },
  {
    id: 'fewer-channels',
    family: 'computations',
    title: '30 % fewer MACs',
    explanation:
      'Removes channels: smaller, and about 1.3× faster on WASM. Needs your data; may lose a point of accuracy.',
    recipe: recipeOf([simplify, fewerChannels]),
  },
  {
    id: 'fewer-channels-int4',
    family: 'computations',
    title: '30 % fewer MACs, 4-bit weights',
    explanation: 'Removes channels and stores the rest in 4 bits: about 1/9 of the size. Needs your data.',
    recipe: recipeOf([simplify, fewerChannels, weightsIn4Bits, floatsIn16Bits]),
  },
  {
    id: 'recurrent-channels',
    family: 'recurrent',
    title: '25 % fewer MACs (LSTM, GRU)',
    explanation: 'Removes channels of an LSTM or GRU, which lose more accuracy than convolutions. Needs your data.',
    recipe: recipeOf([simplify, withoutChannels(0.25)]),
  },
  {
    id: 'recurrent-channels-int4',
    family: 'recurrent',
    title: '15 % fewer MACs (LSTM, GRU), 4-bit weights',
    explanation:
      'Removes channels of an LSTM or GRU and stores the rest in 4 bits: about 1/8 of the size. Needs your data.',
    recipe: recipeOf([simplify, withoutChannels(0.15), allIn4BitsByChannel, floatsIn16Bits]),
  },
  {
    id: 'int8-static',
    family: 'integers',
    title: 'int8 (static)',
    explanation: '8-bit weights and activations, with ranges from your data: small, and suited to integer hardware.',
    recipe: recipeOf([simplify, { pass: 'quantize-static', options: {} }]),
  },
  {
    id: 'float16',
    family: 'half',
    title: 'float16',
    explanation: 'Half the size, nearly identical outputs. Faster on WebGPU, not on WASM.',
    recipe: recipeOf([simplify, { pass: 'convert-float16', options: {} }]),
  },
  {
    id: 'int8-dynamic',
    family: 'cpu',
    title: 'int8 (dynamic)',
    explanation: '8-bit weights for matrix products and LSTMs: up to 4× smaller, often faster on WASM.',
    recipe: recipeOf([quantize]),
  },
  {
    id: 'int8-dynamic-per-channel',
    family: 'cpu',
    title: 'int8 (dynamic, per channel)',
    explanation: 'One scale for each output channel: closer outputs, slightly larger file.',
    recipe: recipeOf([{ ...quantize, options: { perChannel: true } }]),
  },
  {
    id: 'int8-dynamic-per-token',
    family: 'cpu',
    title: 'int8 (dynamic, per token)',
    explanation: 'For transformers: per-token scales where they help. Outputs stay closer; slightly slower.',
    recipe: recipeOf([simplify, { ...quantize, options: { perChannel: true, activations: 'per-token' } }]),
  },
  {
    id: 'int8-dynamic-conv',
    family: 'cpu',
    title: 'int8 (dynamic, with Conv)',
    explanation:
      'Also quantizes convolutions: the smallest int8 file. Faster or slower than float32 on WASM, by model: measure it.',
    recipe: recipeOf([{ ...quantize, options: { opTypes: OP_TYPES_WITH_CONV } }]),
  },
  {
    id: 'prune-half',
    family: 'zeros',
    title: '50 % zeros',
    explanation: 'Sets half of the weights to zero: smaller after gzip, not faster.',
    recipe: recipeOf([prune]),
  },
  {
    id: 'prune-then-int8',
    family: 'zeros',
    title: '50 % zeros, int8 (dynamic)',
    explanation: 'Sets half of the weights to zero, then quantizes to int8: the smallest download.',
    recipe: recipeOf([prune, quantize]),
  },
  {
    id: 'short-names',
    family: 'clean',
    title: 'Short names',
    explanation:
      'Replaces long names and removes comments: identical outputs, and a smaller file if the model is small.',
    recipe: recipeOf([simplify, { pass: 'shorten-names', options: {} }]),
  },
] as const satisfies readonly Preset[];

export type PresetId = (typeof all)[number]['id'];

export const presets: readonly Preset<PresetId>[] = all;

export function presetById(id: PresetId): Preset<PresetId> {
  return presets.find((preset) => preset.id === id)!;
}
