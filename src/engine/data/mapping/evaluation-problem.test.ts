import { expect, it } from 'vitest';
import type { DatasetDescription } from '../dataset';
import { evaluationProblem } from './evaluation-problem';
import type { DataMapping } from './mapping';

const description: DatasetDescription = {
  name: 'x.npz',
  format: 'npz',
  samples: 3,
  fields: [{ name: 'x', kind: 'numbers', dtype: 'float32', shape: [3] }],
  sizeBytes: 1,
  notes: [],
};
const unlabeled: DataMapping = { inputs: { x: { array: 'x' } }, labels: null };
const labeled: DataMapping = { ...unlabeled, labels: { array: 'labels' } };
const output = { name: 'y', kind: 'numbers', dtype: 'float32', shape: [3] } as const;
const recording = {
  ...description,
  fields: [...description.fields, { ...output, recordedOutput: { name: 'y', position: 0 } }],
};

it('finds none with labels, a second model or recorded outputs', () => {
  expect(evaluationProblem(labeled, description, 1)).toBeUndefined();
  expect(evaluationProblem(unlabeled, description, 2)).toBeUndefined();
  expect(evaluationProblem(unlabeled, recording, 1)).toBeUndefined();
});

it('names the data or task that evaluating a single model lacks', () => {
  expect(evaluationProblem(unlabeled, description, 1)).toContain('Without labels, one model alone cannot be evaluated');
  expect(evaluationProblem(unlabeled, { ...description, labelProblem: 'Its labels are text.' }, 1)).toBe(
    'Its labels are text.',
  );
  expect(evaluationProblem({ ...labeled, task: { kind: 'match' } }, description, 1)).toContain(
    'The task is to match outputs',
  );
});
