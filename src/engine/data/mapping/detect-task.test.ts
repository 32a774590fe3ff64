import { expect, it } from 'vitest';
import { detectTask, type KnownOutput, type KnownLabels } from './detect-task';

const float = (name: string, shape: KnownOutput['shape']): KnownOutput => ({ name, dtype: 'float32', shape });
const classes: KnownLabels = { dtype: 'int64', width: 1 };

it.each<[string, KnownOutput[], KnownLabels | null, unknown]>([
  ['no labels', [float('y', ['N', 10])], null, { kind: 'match' }],
  ['scores', [float('y', ['N', 10])], classes, { kind: 'classification', output: 'y' }],
  ['scores with axes of one', [float('y', [1, 10, 1, 1])], classes, { kind: 'classification', output: 'y' }],
  [
    'as many scores as there are names',
    [float('logits', [1, 4]), float('b', [1, 7])],
    { ...classes, classes: 7 },
    { kind: 'classification', output: 'b' },
  ],
  [
    'an embedding',
    [float('sentence_embedding', ['N', 384])],
    classes,
    { kind: 'retrieval', output: 'sentence_embedding' },
  ],
  [
    'scores that are called an embedding',
    [float('embed', ['N', 7])],
    { ...classes, classes: 7 },
    { kind: 'classification', output: 'embed' },
  ],
  [
    'a telling name',
    [float('features', ['N', 512]), float('logits', ['N', 10])],
    classes,
    { kind: 'classification', output: 'logits' },
  ],
  [
    'probabilities rather than the class itself',
    [{ name: 'label', dtype: 'int64', shape: ['N'] }, float('probabilities', ['N', 3])],
    classes,
    { kind: 'classification', output: 'probabilities' },
  ],
  [
    'the class itself',
    [{ name: 'label', dtype: 'int64', shape: ['N'] }],
    classes,
    { kind: 'classification', output: 'label' },
  ],
  [
    'the name of the class, and rather its number',
    [
      { name: 'name', dtype: 'string', shape: ['N'] },
      { name: 'label', dtype: 'int64', shape: ['N'] },
    ],
    classes,
    { kind: 'classification', output: 'label' },
  ],
  [
    'the name of the class alone',
    [{ name: 'name', dtype: 'string', shape: ['N'] }],
    { ...classes, classes: 3 },
    { kind: 'classification', output: 'name' },
  ],
  [
    'classes, some of which say “not labeled”',
    [float('y', ['N', 10])],
    { ...classes, values: [3, -1, 7, 0] },
    { kind: 'classification', output: 'y' },
  ],
  ['one-hot labels', [float('y', ['N', 3])], { dtype: 'uint8', width: 3 }, { kind: 'classification', output: 'y' }],
  [
    'one number and labels of 0 and 1',
    [float('y', ['N', 1])],
    { ...classes, values: [0, 1, 1] },
    { kind: 'binary', output: 'y' },
  ],
  ['two names of classes', [float('y', ['N'])], { ...classes, classes: 2 }, { kind: 'binary', output: 'y' }],
  [
    'a number and whole labels',
    [float('y', ['N', 1])],
    { ...classes, values: [12, 7] },
    { kind: 'regression', output: 'y' },
  ],
  ['classes with names, and a single number', [float('y', ['N', 1])], { ...classes, classes: 3 }, { kind: 'match' }],
  ['float labels', [float('y', ['N', 1])], { dtype: 'float32', width: 1 }, { kind: 'regression', output: 'y' }],
  [
    'whole labels kept as floats',
    [float('y', ['N', 10])],
    { dtype: 'float32', width: 1, values: [3, 1, 9] },
    { kind: 'classification', output: 'y' },
  ],
  ['several float labels', [float('y', ['N', 4])], { dtype: 'float32', width: 4 }, { kind: 'regression', output: 'y' }],
  ['a picture', [float('y', ['N', 21, 64, 64])], classes, { kind: 'match' }],
  ['an unknown rank', [float('y', null)], classes, { kind: 'match' }],
])('%s', (_, outputs, labels, task) => {
  expect(detectTask(outputs, labels)).toEqual(task);
});
