/** The options of all training passes. */
import { takenNodes } from '../node-choice';
import type { OptionsOf, OptionSpec } from '../option-spec';
import { resolveOptions } from '../options';

export const trainingOptions = {
  loss: {
    kind: 'choice',
    label: 'Target',
    explanation: 'Training target.',
    default: 'teacher',
    choices: [
      {
        value: 'teacher',
        label: 'The original',
        explanation: 'Outputs of the original on the same samples: needs no labels.',
      },
      { value: 'labels', label: 'Labels', explanation: 'The labels of the calibration samples.' },
      { value: 'both', label: 'Both', explanation: 'Labels, and outputs of the original softened.' },
    ],
  },
  steps: {
    kind: 'number',
    label: 'Steps',
    explanation: 'One batch per step. Ends earlier if the held-out loss stops improving.',
    default: 2500,
    minimum: 1,
    maximum: 100_000,
    step: 100,
  },
  timeLimitMinutes: {
    kind: 'number',
    label: 'Time limit (min)',
    explanation: '0: none. A limit runs fewer steps on a slow machine, so bytes depend on the machine.',
    default: 0,
    minimum: 0,
    maximum: 1440,
    step: 1,
  },
  batch: {
    kind: 'number',
    label: 'Batch size',
    explanation: 'Larger is steadier and slower; smaller suits few samples.',
    default: 32,
    minimum: 1,
    maximum: 1024,
    step: 8,
  },
  augment: {
    kind: 'choice',
    label: 'Augmentation',
    explanation: 'Changes images slightly each time, so a few hundred samples teach more.',
    default: 'auto',
    choices: [
      {
        value: 'auto',
        label: 'Automatic',
        explanation: 'The strongest for images with the original as teacher; none for other data.',
      },
      { value: 'none', label: 'None', explanation: 'Samples stay unchanged.' },
      { value: 'shift', label: 'Shift', explanation: 'Shifted by up to 1/16: for digits and letters.' },
      {
        value: 'flip-shift',
        label: 'Flip and shift',
        explanation: 'Also flipped left to right: for objects, not for text.',
      },
      {
        value: 'flip-shift-mix',
        label: 'Flip, shift and mix',
        explanation: 'Also scaled, rotated and mixed, except in the last steps: best with the original as teacher.',
      },
    ],
  },
  learningRate: {
    kind: 'number',
    label: 'Learning rate',
    explanation: '0: chosen by the number of weights; with Adam 0.004 at most, less for large models.',
    default: 0,
    minimum: 0,
    maximum: 1,
    step: 0.0001,
    advanced: true,
  },
  optimizer: {
    kind: 'choice',
    label: 'Optimizer',
    explanation: 'The update rule for weights.',
    default: 'auto',
    choices: [
      {
        value: 'auto',
        label: 'Automatic',
        explanation: 'Muon if layers follow the original’s, except in transformers; otherwise AdamW.',
      },
      {
        value: 'muon',
        label: 'Muon',
        explanation: 'Updates matrices equally in rare and frequent directions, other weights by AdamW.',
      },
      { value: 'adamw', label: 'AdamW', explanation: 'Adam with weight decay.' },
      { value: 'adam', label: 'Adam', explanation: 'Adaptive step size per weight.' },
    ],
    advanced: true,
  },
  matchLayers: {
    kind: 'boolean',
    label: 'Match layers too',
    explanation: 'With the original as teacher: also matches values of layers with the same names.',
    default: true,
    advanced: true,
  },
  provider: {
    kind: 'choice',
    label: 'Device',
    explanation:
      'Where training runs. WebGPU if a step runs there completely, otherwise WASM; the pass reports the reason.',
    default: 'wasm',
    choices: [
      { value: 'wasm', label: 'WASM', explanation: 'The same seed gives the same bytes everywhere.' },
      { value: 'webgpu', label: 'WebGPU', explanation: 'Only in the page; bytes depend on the GPU.' },
      { value: 'fastest', label: 'The faster', explanation: 'WebGPU if its first steps are faster than on WASM.' },
    ],
    advanced: true,
  },
  train: { ...takenNodes, explanation: 'Nodes whose weights are trained. Empty, or all: all of them.' },
} as const satisfies Record<string, OptionSpec>;

export type TrainingOptions = OptionsOf<typeof trainingOptions>;

/** The default options, with the given ones. */
export function usualTraining(given: Partial<TrainingOptions>): TrainingOptions {
  return resolveOptions({ id: 'fine-tune', options: trainingOptions }, given) as TrainingOptions;
}
