import type { OptionsOf, OptionSpec } from '../../option-spec';
import { definePass, type OrderedStep } from '../../pass';
import { leftNodes, takenNodes } from '../../quantize/node-choice';
import { trainingOptions } from '../training-options';

// What it gains here was not measured.
const { matchLayers: _matchLayers, ...sharedOptions } = trainingOptions;

const options = {
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

export type QuantizeAwareTrainingOptions = OptionsOf<typeof options>;

export const quantizeAwareTraining = definePass({
  id: 'quantize-aware-training',
  title: 'Quantize with training',
  summary: 'Stores convolutions and dense layers in 4 or 8 bits, and trains them on your samples to answer as before.',
  calibrates: true,
  trains: ({ loss }) => loss !== 'labels',
  options,
  run: async (...given) => (await import('./run-quantize-aware-training')).runQuantizeAwareTraining(...given),
  fileSuffix: 'quantized',
  name: ({ weightType, form }) =>
    `${weightType === 'int4' ? '4' : '8'}-bit weights${form === 'static' ? ', integer arithmetic' : ''}, trained`,
  insteadTry: ({ weightType }) => (weightType === 'int4' ? '8 bits, or more steps' : 'more steps, or more samples'),
  orderProblem,
});

function orderProblem(earlier: readonly OrderedStep[]): string | undefined {
  const before = earlier.find(({ pass }) => pass.startsWith('quantize-'));
  if (before === undefined) return undefined;
  return `quantize-aware-training stands after ${before.pass}, which quantizes the model already. Keep one of them.`;
}
