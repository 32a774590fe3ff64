import { leftNodes, takenNodes } from '../../node-choice';
import type { OptionsOf, OptionSpec } from '../../option-spec';
import { trainingOptions } from '../training-options';

const { steps, timeLimitMinutes, batch, learningRate, provider } = trainingOptions;

export const trainAdaptersOptionSpecs = {
  rank: {
    kind: 'number',
    label: 'Rank',
    explanation: 'The inner size of each adapter. Larger recovers more and adds more bytes.',
    default: 8,
    minimum: 1,
    maximum: 256,
    step: 1,
  },
  steps: { ...steps, default: 300 },
  timeLimitMinutes,
  batch: { ...batch, default: 8 },
  learningRate: { ...learningRate, explanation: '0 means 0.001.' },
  provider,
  include: { ...takenNodes, explanation: 'Layers that get an adapter. Empty: all that are quantized.' },
  exclude: { ...leftNodes, explanation: 'Layers without an adapter.' },
} as const satisfies Record<string, OptionSpec>;

export type TrainAdaptersOptions = OptionsOf<typeof trainAdaptersOptionSpecs>;
