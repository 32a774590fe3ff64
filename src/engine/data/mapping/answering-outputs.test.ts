import { expect, it } from 'vitest';
import { detectTask } from './detect-task';
import { answeringOutputs } from './answering-outputs';

const output = { name: 'output', dtype: 'float32', shape: ['N', 1] };
const state = { name: 'stateN', dtype: 'float32', shape: [2, 'N', 128] };
const inputs = { input: { array: 'x' }, state: { state: 'stateN' } };

it('leaves out state outputs, so that the probability evaluates a speech detector', () => {
  const outputs = [
    { ...state, shape: [2, 1, 128] },
    { ...output, shape: [1, 1] },
  ];
  const answers = answeringOutputs(outputs, { inputs });
  expect(answers.map(({ name }) => name)).toEqual(['output']);
  const labels = { dtype: 'int64', width: 1, classes: 2 };
  expect(detectTask(answers, labels)).toEqual({ kind: 'binary', output: 'output' });
});

it('keeps all outputs if none or all of them are fed back', () => {
  expect(answeringOutputs([output, state], { inputs: { input: { array: 'x' } } })).toEqual([output, state]);
  expect(answeringOutputs([state], { inputs })).toEqual([state]);
});
