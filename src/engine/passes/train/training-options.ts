/** What every pass that trains can be told. */
import type { OptionsOf, OptionSpec } from '../option-spec';
import { resolveOptions } from '../options';

export const trainingOptions = {
  loss: {
    kind: 'choice',
    label: 'Learns from',
    explanation: 'What the model is to come close to.',
    default: 'teacher',
    choices: [
      {
        value: 'teacher',
        label: 'The original',
        explanation: 'The answers of the original model on the same samples: needs no labels.',
      },
      { value: 'labels', label: 'Labels', explanation: 'The labels of the calibration samples.' },
      { value: 'both', label: 'Both', explanation: 'Labels, and the original’s answers softened by the temperature.' },
    ],
  },
  steps: {
    kind: 'number',
    label: 'Steps',
    explanation: 'One batch each. Ends earlier where the held-out samples gain no more.',
    default: 2500,
    minimum: 1,
    maximum: 100_000,
    step: 100,
  },
  batch: {
    kind: 'number',
    label: 'Samples in a step',
    explanation: 'More are steadier and take longer; less where there are few samples.',
    default: 32,
    minimum: 1,
    maximum: 1024,
    step: 8,
  },
  augment: {
    kind: 'choice',
    label: 'Changes to pictures',
    explanation: 'Pictures are changed a little each time, so that a few hundred teach more.',
    default: 'auto',
    choices: [
      {
        value: 'auto',
        label: 'As it fits',
        explanation: 'What helps most with pictures that the original answers for; leaves all else alone.',
      },
      { value: 'none', label: 'None', explanation: 'Samples stay as they are.' },
      { value: 'shift', label: 'Shift', explanation: 'Moved by up to a sixteenth: for digits and letters.' },
      {
        value: 'flip-shift',
        label: 'Flip and shift',
        explanation: 'Also flipped left to right: for things, not for text.',
      },
      {
        value: 'flip-shift-mix',
        label: 'Flip, shift and mix',
        explanation:
          'Also scaled, turned and mixed with each other, but for the last steps: best with the original as the teacher.',
      },
    ],
  },
  learningRate: {
    kind: 'number',
    label: 'Learning rate',
    explanation: '0 chooses by the number of weights: with Adam 0.004 at most, and less for large models.',
    default: 0,
    minimum: 0,
    maximum: 1,
    step: 0.0001,
    advanced: true,
  },
  schedule: {
    kind: 'choice',
    label: 'Schedule',
    explanation: 'How the learning rate changes over the steps.',
    default: 'cosine',
    choices: [
      { value: 'cosine', label: 'Cosine', explanation: 'Falls smoothly to zero.' },
      { value: 'constant', label: 'Constant', explanation: 'Stays after the first steps.' },
    ],
    advanced: true,
  },
  optimizer: {
    kind: 'choice',
    label: 'Optimizer',
    explanation: 'The rule that moves the weights.',
    default: 'auto',
    choices: [
      {
        value: 'auto',
        label: 'As it fits',
        explanation: 'Muon where layers follow the original’s, but for transformers; AdamW elsewhere.',
      },
      {
        value: 'muon',
        label: 'Muon',
        explanation: 'Moves matrices as far in rare directions as in frequent ones, and the rest as AdamW.',
      },
      { value: 'adamw', label: 'AdamW', explanation: 'Adam that also shrinks weights a little.' },
      { value: 'adam', label: 'Adam', explanation: 'Steps of each weight by its own gradients.' },
    ],
    advanced: true,
  },
  alpha: {
    kind: 'number',
    label: 'Share of labels',
    explanation: 'With both: what labels count, the rest is the original’s answers.',
    default: 0.5,
    minimum: 0,
    maximum: 1,
    step: 0.05,
    isShare: true,
    advanced: true,
  },
  temperature: {
    kind: 'number',
    label: 'Temperature',
    explanation: 'With both: above 1, unlikely classes of the original’s answers count more.',
    default: 3,
    minimum: 0.1,
    maximum: 100,
    step: 0.5,
    advanced: true,
  },
  matchLayers: {
    kind: 'boolean',
    label: 'Layers come close too',
    explanation: 'With the original: values inside are to be as its own, where the layers have the same names.',
    default: true,
    advanced: true,
  },
  keepZeros: {
    kind: 'boolean',
    label: 'Zeros stay zero',
    explanation: 'What was pruned is not filled again.',
    default: true,
    advanced: true,
  },
  provider: {
    kind: 'choice',
    label: 'Trains on',
    explanation: 'What runs the steps. WebGPU where all of a step stays there, else WASM, and the step says why.',
    default: 'wasm',
    choices: [
      { value: 'wasm', label: 'WASM', explanation: 'The same seed gives the same bytes everywhere.' },
      { value: 'webgpu', label: 'WebGPU', explanation: 'Only in the page; bytes depend on the graphics card.' },
      { value: 'fastest', label: 'The faster', explanation: 'WebGPU if its first steps take less time than on WASM.' },
    ],
    advanced: true,
  },
  train: {
    kind: 'list',
    label: 'Only these nodes',
    explanation: 'Names of nodes whose weights are trained; all, or empty, means all of them.',
    default: [],
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type TrainingOptions = OptionsOf<typeof trainingOptions>;

/** Everything as it is by itself, but for what is given. */
export function usualTraining(given: Partial<Pick<TrainingOptions, 'steps' | 'provider'>>): TrainingOptions {
  return resolveOptions({ id: 'fine-tune', options: trainingOptions }, given) as TrainingOptions;
}
