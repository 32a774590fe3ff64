import type { OptionsOf, OptionSpec } from '../../option-spec';
import { leftNodes, takenNodes } from '../../node-choice';
import { trainingOptions } from '../training-options';

// The gain of this option was not measured here.
const { matchLayers: _matchLayers, ...sharedOptions } = trainingOptions;

export const quantizeAwareTrainingOptionSpecs = {
  weightType: {
    kind: 'choice',
    label: 'Weights',
    explanation: 'How weights are stored, with one scale per channel.',
    default: 'int4',
    choices: [
      { value: 'int4', label: '4 bits', explanation: '1/8 of the size; training recovers the rounding loss.' },
      { value: 'int8', label: '8 bits', explanation: '1/4 of the size.' },
    ],
  },
  form: {
    kind: 'choice',
    label: 'Quantized',
    explanation: 'Weights only, or the inputs of layers too.',
    default: 'static',
    choices: [
      { value: 'static', label: 'Weights and activations', explanation: 'Layers read 8-bit values with fixed ranges.' },
      { value: 'weights', label: 'Weights', explanation: 'Layers compute in float32.' },
    ],
  },
  ...sharedOptions,
  steps: { ...trainingOptions.steps, default: 300 },
  learningRate: { ...trainingOptions.learningRate, explanation: '0 means 0.0003.' },
  include: { ...takenNodes, explanation: 'Nodes to quantize. Empty: all.' },
  exclude: { ...leftNodes, explanation: 'Nodes that stay float32 but are trained.' },
} as const satisfies Record<string, OptionSpec>;

export type QuantizeAwareTrainingOptions = OptionsOf<typeof quantizeAwareTrainingOptionSpecs>;
