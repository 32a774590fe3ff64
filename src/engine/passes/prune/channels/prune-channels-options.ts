import { leftNodes, takenNodes } from '../../node-choice';
import type { OptionsOf, OptionSpec } from '../../option-spec';
import { roundOptions } from '../rounds/round-options';
import type { CostMeasure } from './choose/removal-cost';

export const pruneChannelsOptionSpecs = {
  remove: {
    kind: 'number',
    label: 'Remove',
    explanation: 'The share of the cost to remove. Widths per layer are chosen automatically.',
    default: 0.5,
    minimum: 0,
    maximum: 0.95,
    step: 0.05,
    isShare: true,
  },
  of: {
    kind: 'choice',
    label: 'Cost',
    explanation: 'Remove is a share of this cost.',
    default: 'macs',
    choices: [
      { value: 'macs', label: 'MACs', explanation: 'Multiply-accumulates of one run.' },
      { value: 'parameters', label: 'Parameters', explanation: 'Numbers in the weights.' },
      { value: 'channels', label: 'Channels', explanation: 'Channels that can be removed.' },
      {
        value: 'latency',
        label: 'Run time',
        explanation: 'Measured on this machine. The same recipe may give other files elsewhere.',
      },
    ],
  },
  importance: {
    kind: 'choice',
    label: 'Importance',
    explanation: 'The criterion that ranks channels.',
    default: 'auto',
    choices: [
      { value: 'auto', label: 'Automatic', explanation: 'By activations with data, by weights without.' },
      { value: 'l2', label: 'Squared weights', explanation: 'Removes channels with the smallest weights first.' },
      {
        value: 'obs',
        label: 'Optimal brain surgeon',
        explanation: 'Removes channels first that the others can best replace on the data.',
      },
    ],
  },
  ranking: {
    kind: 'choice',
    label: 'Widths',
    explanation: 'How widths are chosen for each group.',
    default: 'search',
    choices: [
      {
        value: 'search',
        label: 'Tried on data',
        explanation:
          'Of many widths of equal cost, those with outputs closest to the original’s. Without data: one ranking.',
      },
      { value: 'global', label: 'One ranking', explanation: 'All channels in one ranking: some groups lose more.' },
      { value: 'local', label: 'Equal', explanation: 'Every group loses the same share.' },
    ],
  },
  recover: {
    kind: 'choice',
    label: 'Repair',
    explanation: 'How the remaining weights compensate for removed channels. Needs data, no labels.',
    default: 'sequential',
    choices: [
      {
        value: 'sequential',
        label: 'Layer by layer',
        explanation: 'Fits each layer to the original’s outputs, with inputs from the pruned model.',
      },
      {
        value: 'least-squares',
        label: 'At once',
        explanation: 'Remaining channels take over the correlated part of removed ones. Faster.',
      },
      { value: 'none', label: 'None', explanation: 'Weights stay unchanged. Fine-tune afterwards.' },
    ],
  },
  ...roundOptions,
  ratioByLayer: {
    kind: 'map',
    label: 'Share by layer',
    explanation: 'Nodes with the share of channels to remove, whatever the rest needs.',
    default: {},
    minimum: 0,
    maximum: 0.95,
    advanced: true,
  },
  ratioByGroup: {
    kind: 'map',
    label: 'Share by group',
    explanation:
      'Channel groups, named by their first layer, with the share to remove. Takes precedence over shares by layer.',
    default: {},
    minimum: 0,
    maximum: 0.95,
    advanced: true,
  },
  timedOn: {
    kind: 'choice',
    label: 'Timed on',
    explanation: 'The provider to time on, if the target is run time.',
    default: 'wasm',
    choices: [
      { value: 'wasm', label: 'WASM', explanation: 'With one thread.' },
      { value: 'webgpu', label: 'WebGPU', explanation: 'Only if this browser supports it. Node does not.' },
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
        label: 'If it helps',
        explanation:
          'Removed if this is closer to the original than removing more of the others. Without data they stay.',
      },
      {
        value: 'always',
        label: 'Like others',
        explanation: 'Removed without data too, and in untried widths.',
      },
      { value: 'never', label: 'Stay', explanation: 'Only heads and channels within blocks are removed.' },
    ],
    advanced: true,
  },
  include: { ...takenNodes, explanation: 'Nodes whose channels may be removed. Empty: all.' },
  exclude: { ...leftNodes, explanation: 'Nodes whose channels stay.' },
} as const satisfies Record<string, OptionSpec>;

export type PruneChannelsOptions = OptionsOf<typeof pruneChannelsOptionSpecs>;

/** Options whose target is a cost that can be counted. */
export type CountedOptions = Omit<PruneChannelsOptions, 'of'> & { readonly of: CostMeasure };
