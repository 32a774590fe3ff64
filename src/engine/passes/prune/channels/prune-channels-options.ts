import type { OptionsOf, OptionSpec } from '../../option-spec';
import { roundOptions } from '../rounds/round-options';
import type { CostMeasure } from './choose/removal-cost';

export const pruneChannelsOptionSpecs = {
  remove: {
    kind: 'number',
    label: 'Remove',
    explanation: 'The share of the cost that goes with the channels; how it is spread over the layers is worked out.',
    default: 0.5,
    minimum: 0,
    maximum: 0.95,
    step: 0.05,
    isShare: true,
  },
  of: {
    kind: 'choice',
    label: 'Of',
    explanation: 'What is counted.',
    default: 'macs',
    choices: [
      { value: 'macs', label: 'MACs', explanation: 'Multiplications: what a run takes.' },
      { value: 'parameters', label: 'Parameters', explanation: 'Numbers in the weights.' },
      { value: 'channels', label: 'Channels', explanation: 'Channels that can be removed.' },
      {
        value: 'latency',
        label: 'Time of a run',
        explanation: 'As measured on this machine: the same recipe may give other files elsewhere.',
      },
    ],
  },
  importance: {
    kind: 'choice',
    label: 'Importance',
    explanation: 'Which channels go first.',
    default: 'auto',
    choices: [
      { value: 'auto', label: 'Automatic', explanation: 'By activations where there is data, by weights without.' },
      { value: 'l2', label: 'Squares of weights', explanation: 'Channels with the smallest weights go first.' },
      {
        value: 'obs',
        label: 'Optimal brain surgeon',
        explanation: 'Channels that the others can best make up for on the data go first.',
      },
    ],
  },
  ranking: {
    kind: 'choice',
    label: 'Widths',
    explanation: 'How many channels each group keeps.',
    default: 'search',
    choices: [
      {
        value: 'search',
        label: 'Tried on data',
        explanation:
          'Of many widths of equal cost, those whose outputs are nearest to the original’s. Without data: ranked.',
      },
      { value: 'global', label: 'Ranked together', explanation: 'All channels in one ranking: some groups lose more.' },
      { value: 'local', label: 'Equal', explanation: 'Every group loses the same share.' },
    ],
  },
  recover: {
    kind: 'choice',
    label: 'Repair',
    explanation: 'How the remaining weights make up for what is gone; needs data without labels.',
    default: 'sequential',
    choices: [
      {
        value: 'sequential',
        label: 'Layer after layer',
        explanation: 'Each layer is fitted to the original’s outputs, from what the smaller model gives it.',
      },
      {
        value: 'least-squares',
        label: 'At once',
        explanation: 'Remaining channels take over what they have in common with the removed ones. Faster.',
      },
      { value: 'none', label: 'None', explanation: 'Weights stay as they are: fine-tune afterwards.' },
    ],
  },
  ...roundOptions,
  finalists: {
    kind: 'number',
    label: 'Widths repaired',
    explanation:
      'So many of the widths tried on data are repaired layer after layer before one is chosen: nearer with few samples, and slower.',
    default: 1,
    minimum: 1,
    maximum: 4,
    step: 1,
    advanced: true,
  },
  roundTo: {
    kind: 'number',
    label: 'Multiples of',
    explanation: 'Widths become multiples of it: some hardware is faster with multiples of 8.',
    default: 1,
    minimum: 1,
    maximum: 64,
    step: 1,
    advanced: true,
  },
  cap: {
    kind: 'number',
    label: 'At most of a group',
    explanation: 'So much of a group of channels may go: a layer that is almost nothing lets nothing through.',
    default: 0.8,
    minimum: 0.05,
    maximum: 0.95,
    step: 0.05,
    isShare: true,
    advanced: true,
  },
  ratioByLayer: {
    kind: 'map',
    label: 'Share by layer',
    explanation: 'Nodes with the share of their channels that goes, whatever the rest needs.',
    default: {},
    minimum: 0,
    maximum: 0.95,
    advanced: true,
  },
  ratioByGroup: {
    kind: 'map',
    label: 'Share by group',
    explanation:
      'Groups of channels that go together, by the first layer that gives them, with the share that goes: before any share by layer.',
    default: {},
    minimum: 0,
    maximum: 0.95,
    advanced: true,
  },
  timedOn: {
    kind: 'choice',
    label: 'Timed on',
    explanation: 'Where runs are timed, with the time of a run as the target.',
    default: 'wasm',
    choices: [
      { value: 'wasm', label: 'WASM', explanation: 'With one thread.' },
      { value: 'webgpu', label: 'WebGPU', explanation: 'Only where this browser has it; Node has none.' },
    ],
    advanced: true,
  },
  normalized: {
    kind: 'choice',
    label: 'Normalized channels',
    explanation: 'Channels that a normalization averages over, such as the width of a transformer.',
    default: 'tried',
    choices: [
      {
        value: 'tried',
        label: 'Where it helps',
        explanation:
          'They go where that is nearer to the original than taking more of the others. Without data they stay.',
      },
      {
        value: 'always',
        label: 'Like others',
        explanation: 'They go without data too, and with widths that are not tried.',
      },
      { value: 'never', label: 'Stay', explanation: 'Only heads and channels within blocks go.' },
    ],
    advanced: true,
  },
  include: {
    kind: 'list',
    label: 'Only these nodes',
    explanation: 'Names of nodes whose channels may go; empty means all.',
    default: [],
    advanced: true,
  },
  exclude: {
    kind: 'list',
    label: 'Not these nodes',
    explanation: 'Names of nodes whose channels stay.',
    default: [],
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type PruneChannelsOptions = OptionsOf<typeof pruneChannelsOptionSpecs>;

/** With a target that can be counted. */
export type CountedOptions = Omit<PruneChannelsOptions, 'of'> & { readonly of: CostMeasure };
