import { describe, expect, it } from 'vitest';
import type { DatasetDescription } from '../../../engine/data/dataset';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import { imagePresets } from '../../../engine/data/pictures/presets';
import { dataOf } from '../../testing/work-fixtures';
import {
  declaredLabels,
  detectedTask,
  fieldsForKind,
  kindOfInput,
  mappingProblems,
  pictureTarget,
  possibleKinds,
  possibleTasks,
  withBoxes,
  presetOf,
  startingMapping,
  taskOfKind,
  taskOnOutput,
} from './data-mapping';

const input = { name: 'x', dtype: 'float32', shape: ['N', 4] };
const outputs = [{ name: 'logits', dtype: 'float32', shape: ['N', 10] }];
const pictures: DatasetDescription = {
  ...dataOf().evaluation.description,
  format: 'pictures',
  fields: [
    { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, 3] },
    { name: 'folder', kind: 'class', dtype: 'int64', shape: [], classes: ['cat', 'dog'] },
  ],
};

describe('the picture that an input takes', () => {
  it.each([
    [['N', 3, 32, 48], { width: 48, height: 32, layout: 'NCHW', channels: 3 }],
    [['N', 32, 48, 3], { width: 48, height: 32, layout: 'NHWC', channels: 3 }],
    [['N', 1, 28, 28], { width: 28, height: 28, layout: 'NCHW', channels: 1 }],
    [['N', 28, 28], { width: 28, height: 28, layout: 'NCHW', channels: 1 }],
    [['N', 3, 'h', 'w'], { width: 224, height: 224, layout: 'NCHW', channels: 3 }],
    [null, { width: 224, height: 224, layout: 'NCHW', channels: 3 }],
  ])('of %j', (shape, target) => {
    expect(pictureTarget({ shape })).toEqual(target);
  });
});

describe('presets', () => {
  it('are recognized in any field until something is edited', () => {
    for (const preset of imagePresets) {
      const image = preset.create(pictureTarget({ shape: ['N', 3, 64, 64] }));
      expect(presetOf({ ...image, array: 'image' })?.id).toBe(preset.id);
      expect(presetOf({ ...image, scale: 0.123 })).toBeNull();
    }
  });
});

describe('kinds of feeding', () => {
  it('are those that the data has something for', () => {
    expect(possibleKinds(pictures, input, [input])).toEqual(['array', 'image', 'value', 'state']);
    expect(fieldsForKind(pictures, 'image').map(({ name }) => name)).toEqual(['image']);
  });

  it('start from a suggestion of that kind, else from the data', () => {
    const suggested = { array: 'folder' };
    const start = { description: pictures, suggested, outputs };
    expect(startingMapping('array', input, start)).toBe(suggested);
    expect(startingMapping('image', input, start)).toMatchObject({ image: { array: 'image' } });
    expect(startingMapping('state', input, start)).toEqual({ state: 'logits' });
    expect(kindOfInput(startingMapping('value', input, start))).toBe('value');
  });
});

describe('problems of a mapping', () => {
  const { mapping, evaluation } = dataOf();
  const problems = (changed: object) =>
    mappingProblems({ ...mapping, ...changed }, evaluation.description, { inputs: [input], outputs });

  it('are none if everything fits', () => {
    expect(problems({})).toEqual({ inputs: { x: null }, others: [], fits: true });
  });

  it('stand at the input that they are about', () => {
    expect(problems({ inputs: { x: { array: 'y' } } }).inputs['x']).toContain('has no field "y"');
    expect(problems({ inputs: { x: { array: 'labels' } } }).inputs['x']).toContain('does not fit input "x"');
    expect(problems({ inputs: {} }).inputs['x']).toContain('has no entry for input "x"');
    expect(problems({ inputs: { x: { state: 'nothing' } } }).inputs['x']).toContain('no output "nothing"');
  });

  it('about labels and task stand apart', () => {
    const found = problems({ labels: { array: 'y' } });
    expect(found.inputs['x']).toBeNull();
    expect(found.others).toHaveLength(1);
    expect(problems({ task: { kind: 'regression', output: 'y' } }).others[0]).toContain('no output "y"');
    expect(found.fits).toBe(false);
  });
});

describe('the task', () => {
  const folderLabels = declaredLabels({ folders: true }, pictures);

  it('is found from labels and outputs, and needs labels', () => {
    expect(detectedTask({ inputs: {}, labels: { folders: true } }, folderLabels, outputs)).toEqual({
      kind: 'classification',
      output: 'logits',
    });
    expect(detectedTask({ inputs: {}, labels: null }, null, outputs)).toEqual({ kind: 'match' });
    expect(possibleTasks({ inputs: {}, labels: null })).toEqual(['match']);
    const boxes = { areBoxes: true, dtype: 'float64', width: Number.NaN } as const;
    expect(possibleTasks({ inputs: {}, labels: { array: 'boxes' } }, boxes)).toEqual(['detection', 'match']);
    const labeled = { inputs: {}, labels: { array: 'y' } } as const;
    expect(possibleTasks(labeled, { dtype: 'string', width: 1 })).toContain('transcription');
    expect(possibleTasks(labeled, { dtype: 'int64', width: 1 })).not.toContain('transcription');
  });

  it('keeps the chosen task on another output, else one that fits it, else the former kind', () => {
    const labeled = { inputs: {}, labels: { folders: true } } as const;
    const before = { kind: 'classification', output: 'logits' } as const;
    const on = (shape: readonly (string | number)[] | null, mapping: DataMapping = labeled) =>
      taskOnOutput({ name: 'other', dtype: 'float32', shape }, before, mapping, folderLabels);
    expect(on(['N', 3])).toEqual({ kind: 'classification', output: 'other' });
    expect(on(['N', 1])).toEqual({ kind: 'binary', output: 'other', threshold: 0.5 });
    expect(on(null)).toEqual({ kind: 'classification', output: 'other' });
    const task = { kind: 'binary', output: 'logits', threshold: 0.2, positive: 'cat' } as const;
    expect(on(['N', 3], { ...labeled, task })).toEqual({ ...task, output: 'other' });
  });

  it('of another kind stays on the same output', () => {
    const before = { kind: 'classification', output: 'b' } as const;
    expect(taskOfKind('binary', before, 'a')).toEqual({ kind: 'binary', output: 'b', threshold: 0.5 });
    const decided = { kind: 'binary', output: 'b', threshold: 0 } as const;
    expect(taskOfKind('binary', decided, 'a')).toEqual(decided);
    expect(taskOfKind('regression', { kind: 'match' }, 'a')).toEqual({ kind: 'regression', output: 'a' });
    expect(taskOfKind('match', before, 'a')).toEqual({ kind: 'match' });
  });
});

it('states facts about boxes, and forgets them', () => {
  const stated = withBoxes({ inputs: {}, labels: null }, 'objectness', true);
  expect(stated).toEqual({ inputs: {}, labels: null, boxes: { objectness: true } });
  const both = withBoxes(stated, 'suppressAbove', null);
  expect(both.boxes).toEqual({ objectness: true, suppressAbove: null });
  expect(withBoxes(withBoxes(both, 'objectness', undefined), 'suppressAbove', undefined)).toEqual({
    inputs: {},
    labels: null,
  });
});
