import { describe, expect, it } from 'vitest';
import { findCalledLabel, findEndingAsLabel, isCalledLabel } from './label-names';

const named = (...names: readonly string[]) => names.map((name) => ({ name }));

describe('findCalledLabel', () => {
  it('takes the most telling name, wherever it stands and however it is written', () => {
    expect(findCalledLabel(named('species', 'x', 'Label'))?.name).toBe('Label');
    expect(findCalledLabel(named('outcome', ' TARGET '))?.name).toBe(' TARGET ');
    expect(findCalledLabel(named('price', 'labeled', 'y1'))).toBeUndefined();
  });

  it.each(['y_test', 'yTrain', 'ytest', 'labels_val', 'TestLabels', 'testlabels', 'val-target'])(
    'accepts the part name %s only if no field carries a proper label name',
    (name) => {
      expect(findCalledLabel(named('x_test', name))?.name).toBe(name);
      expect(findCalledLabel(named(name, 'outcome'))?.name).toBe('outcome');
    },
  );

  it.each(['x_test', 'test', 'test_size', 'y_pos', 'yaw', 'latest'])('leaves %s', (name) => {
    expect(findCalledLabel(named(name))).toBeUndefined();
  });

  it('takes the first of several with the same name', () => {
    const items = [
      { name: 'y', at: 0 },
      { name: 'Y', at: 1 },
    ];
    expect(findCalledLabel(items)?.at).toBe(0);
  });
});

describe('findEndingAsLabel', () => {
  it.each(['is_target', 'Wine class', 'train_labels', 'targets'])('finds %s', (name) => {
    expect(findEndingAsLabel(named('x', name))?.name).toBe(name);
  });

  it.each(['subclass', 'class_size', 'targeted', 'label2'])('leaves %s', (name) => {
    expect(findEndingAsLabel(named(name))).toBeUndefined();
  });
});

describe('isCalledLabel', () => {
  it.each(['y', 'y_test', 'Y_train', 'train_labels', 'labels_val', 'labels-idx1-ubyte', 'label.npy', 'species'])(
    'knows %s',
    (name) => {
      expect(isCalledLabel(name)).toBe(true);
    },
  );

  it.each(['x', 'yaw', 'year', 'images-idx3-ubyte', 'x_labeled', ''])('does not know %s', (name) => {
    expect(isCalledLabel(name)).toBe(false);
  });
});
