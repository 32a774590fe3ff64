/** Recipes to start from: the common wishes, each with one sentence on what to expect. */
import { OP_TYPES_WITH_CONV } from '../passes/quantize/dynamic/dynamic-options';
import { recipeOf, type Recipe } from './recipe';

export interface Preset<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  readonly explanation: string;
  readonly recipe: Recipe;
}

/** What few bits leave as floats: scales and biases. */
export const floatsIn16Bits = { pass: 'store-float16', options: {} };
const quantize = { pass: 'quantize-dynamic', options: {} };
const simplify = { pass: 'simplify', options: {} };
export const weightsIn8Bits = {
  pass: 'quantize-weights',
  options: { bits: '8', blockSize: '0', symmetric: true },
} as const;
const weightsIn4Bits = { pass: 'quantize-weights', options: {} };
/** In all layers: the smallest of what channels leave. */
export const allIn4BitsByChannel = {
  pass: 'quantize-weights',
  options: { bits: '4', blockSize: '0', keepEnds: false },
} as const;
const withoutChannels = (remove: number) => ({ pass: 'prune-channels', options: { remove } });
/** Of the MACs: what most nets lose hardly a point by (docs/design/pruning.md). */
export const fewerChannels = withoutChannels(0.3);
const prune = { pass: 'prune-weights', options: { amount: 0.5 } };

const all = [
  {
    id: 'simplify',
    title: 'Simplify',
    explanation: 'Fewer nodes with the same answers: nothing is lost, and other passes find more to do.',
    recipe: recipeOf([simplify]),
  },
  {
    id: 'int4-weights',
    title: '4-bit weights',
    explanation:
      'The smallest file that still answers alike: about a sixth of the size, at float speed. Best with your data.',
    recipe: recipeOf([simplify, weightsIn4Bits, floatsIn16Bits]),
  },
  {
    id: 'int8-weights',
    title: '8-bit weights',
    explanation: 'Weights as integers: about a quarter of the size, hardly other answers, at float speed.',
    recipe: recipeOf([simplify, weightsIn8Bits, floatsIn16Bits]),
  },
  {
    id: 'int2-weights',
    title: '2-bit weights',
    explanation:
      'Matrix products in 2 bits, all else in 4: about a tenth of the size. Only with your data, and compare.',
    recipe: recipeOf([simplify, { pass: 'quantize-weights', options: { bits: '2' } }, floatsIn16Bits]),
  },
  {
    id: 'fewer-channels',
    title: 'Fewer channels',
    explanation:
      'Without 30 % of the arithmetic: smaller, and about 1.3× faster on WASM. Needs your data, and may cost a point.',
    recipe: recipeOf([simplify, fewerChannels]),
  },
  {
    id: 'fewer-channels-int4',
    title: 'Fewer channels, 4-bit weights',
    explanation: 'Without 30 % of the arithmetic, and the rest in 4 bits: about a ninth of the size. Needs your data.',
    recipe: recipeOf([simplify, fewerChannels, weightsIn4Bits, floatsIn16Bits]),
  },
  {
    id: 'recurrent-channels',
    title: 'Fewer channels, recurrent',
    explanation:
      'Without 25 % of the arithmetic of an LSTM or GRU, which loses more by it than convolutions. Needs your data.',
    recipe: recipeOf([simplify, withoutChannels(0.25)]),
  },
  {
    id: 'recurrent-channels-int4',
    title: 'Fewer channels, 4-bit weights, recurrent',
    explanation:
      '15 % less of an LSTM or GRU, and all of the rest in 4 bits: about an eighth of the size. Needs your data.',
    recipe: recipeOf([simplify, withoutChannels(0.15), allIn4BitsByChannel, floatsIn16Bits]),
  },
  {
    id: 'int8-static',
    title: 'Integer arithmetic, ranges from data',
    explanation:
      'Weights and activations as 8-bit integers, with ranges from your data: small, and made for integer hardware.',
    recipe: recipeOf([simplify, { pass: 'quantize-static', options: {} }]),
  },
  {
    id: 'float16',
    title: 'float16',
    explanation: 'Numbers of 16 bits: half of the size, hardly other answers; faster on WebGPU, not on WASM.',
    recipe: recipeOf([simplify, { pass: 'convert-float16', options: {} }]),
  },
  {
    id: 'int8-dynamic',
    title: 'Integer arithmetic',
    explanation: 'Weights of matrix products and LSTMs as 8-bit integers: up to 4× smaller, often faster on WASM.',
    recipe: recipeOf([quantize]),
  },
  {
    id: 'int8-dynamic-per-channel',
    title: 'Integer arithmetic, per channel',
    explanation: 'One scale for each output channel: closer outputs for a few more bytes.',
    recipe: recipeOf([{ ...quantize, options: { perChannel: true } }]),
  },
  {
    id: 'int8-dynamic-per-token',
    title: 'Integer arithmetic, per token',
    explanation:
      'For transformers: tokens have scales of their own where that helps, so that outputs stay closer; somewhat slower.',
    recipe: recipeOf([simplify, { ...quantize, options: { perChannel: true, activations: 'per-token' } }]),
  },
  {
    id: 'int8-dynamic-conv',
    title: 'Integer arithmetic + Conv',
    explanation: 'Convolutions too: the smallest file, but integer convolutions run slower than float on WASM.',
    recipe: recipeOf([{ ...quantize, options: { opTypes: OP_TYPES_WITH_CONV } }]),
  },
  {
    id: 'prune-half',
    title: 'Prune 50 %',
    explanation: 'Half of the weights become zero: smaller after gzip, not faster.',
    recipe: recipeOf([prune]),
  },
  {
    id: 'prune-then-int8',
    title: 'Prune + integer arithmetic',
    explanation: 'Zeros first, then 8-bit weights: the smallest download.',
    recipe: recipeOf([prune, quantize]),
  },
  {
    id: 'short-names',
    title: 'Short names',
    explanation: 'Without long names and notes inside: the same answers, and a smaller file where the model is small.',
    recipe: recipeOf([simplify, { pass: 'shorten-names', options: {} }]),
  },
] as const satisfies readonly Preset[];

export type PresetId = (typeof all)[number]['id'];

export const presets: readonly Preset<PresetId>[] = all;

export function presetById(id: PresetId): Preset<PresetId> {
  return presets.find((preset) => preset.id === id)!;
}
