import type { OptionsOf, OptionSpec } from '../../option-spec';
import { leftNodes, takenNodes } from '../../quantize/node-choice';
import { trainingOptions } from '../training-options';

// What it gains here was not measured.
const { matchLayers: _matchLayers, ...sharedOptions } = trainingOptions;

export const quantizeAwareTrainingOptionSpecs = {
  weightType: {
    kind: 'choice',
    label: 'Weights',
    explanation: 'How weights are stored: one scale for each channel.',
    default: 'int4',
    choices: [
      { value: 'int4', label: '4 bits', explanation: 'An eighth of the size; what rounding costs is trained away.' },
      { value: 'int8', label: '8 bits', explanation: 'A quarter of the size.' },
    ],
  },
  form: {
    kind: 'choice',
    label: 'What is quantized',
    explanation: 'Weights alone, or what layers read as well.',
    default: 'static',
    choices: [
      { value: 'static', label: 'Weights and activations', explanation: 'Layers read 8-bit values of fixed ranges.' },
      { value: 'weights', label: 'Weights', explanation: 'Layers compute in float32.' },
    ],
  },
  ...sharedOptions,
  steps: { ...trainingOptions.steps, default: 300 },
  learningRate: { ...trainingOptions.learningRate, explanation: '0 stands for 0.0003.' },
  include: { ...takenNodes, explanation: 'Names of nodes to quantize; empty means all.' },
  exclude: { ...leftNodes, explanation: 'Names of nodes that stay floats, which are trained all the same.' },
} as const satisfies Record<string, OptionSpec>;

export type QuantizeAwareTrainingOptions = OptionsOf<typeof quantizeAwareTrainingOptionSpecs>;
