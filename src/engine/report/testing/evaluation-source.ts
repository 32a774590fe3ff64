/** An evaluation for tests of reports. Its numbers are invented. */
import type { Evaluation } from '../../metrics/evaluation';
import type { ReportSource } from '../create-report';

const accuracy: NonNullable<Evaluation['accuracy']> = {
  task: { kind: 'classification', output: 'y' },
  metrics: {
    top1: { value: 0.9787, interval: [0.966, 0.987] },
    top5: { value: 0.999, interval: [0.993, 1] },
  },
  classes: {
    names: ['cat', 'dog'],
    confusion: [
      [390, 10],
      [7, 390],
    ],
  },
};

export const exampleEvaluation: Evaluation = {
  variant: 'original',
  ep: 'wasm',
  samples: 797,
  skipped: 2,
  skippedSamples: [{ place: 'cats/003.png', reason: 'It ends early.' }],
  accuracy,
  batch: 64,
  threads: 4,
  runMs: 120,
  ms: 300,
};

export const exampleVariantEvaluation: Evaluation = {
  ...exampleEvaluation,
  variant: 'v1',
  accuracy: { ...accuracy, metrics: { top1: { value: 0.9587, interval: [0.943, 0.97] } } },
  difference: { metric: 'top1', value: -0.02, interval: [-0.031, -0.009], onlyOriginal: 20, onlyVariant: 4 },
};

export const exampleEvaluated: NonNullable<ReportSource['evaluated']> = {
  data: {
    name: 'pets.zip',
    samples: 999,
    fingerprint: 'c'.repeat(64),
    mapping: { inputs: { x: { array: 'x' } }, labels: { array: 'labels' } },
    split: { seed: 1, calibration: 200, evaluation: null },
  },
  evaluations: [exampleEvaluation, exampleVariantEvaluation],
};
