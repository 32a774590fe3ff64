import { describe, expect, it } from 'vitest';
import type { DataField, FieldValue } from '../dataset';
import type { EvaluationTask, LabelMapping } from './mapping';
import { createLabelReader } from './sample-label';

const folder: DataField = { name: 'folder', kind: 'class', dtype: 'int64', shape: [], classes: ['ant', 'bee', 'cat'] };
const column: DataField = { name: 'y', kind: 'numbers', dtype: 'int64', shape: [] };
const words: DataField = { name: 'word', kind: 'text', dtype: 'string', shape: [] };

const number = (...values: readonly number[]): FieldValue => ({
  kind: 'tensor',
  tensor: { dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) },
});
const text = (value: string): FieldValue => ({
  kind: 'tensor',
  tensor: { dtype: 'string', dims: [], data: [value] },
});
const binary = (positive?: string): EvaluationTask => ({
  kind: 'binary',
  output: 'p',
  threshold: 0.5,
  ...(positive !== undefined && { positive }),
});

function reader(field: DataField, classes?: readonly string[], task?: EvaluationTask) {
  const labels = { array: field.name, ...(classes && { classes }) } satisfies LabelMapping;
  const made = createLabelReader(field, labels, task);
  return { names: made.classNames, read: (value: FieldValue) => Array.from(made.read(value)) };
}

describe('an order of classes', () => {
  it('makes a class of the data the place of its name', () => {
    const { names, read } = reader(folder, ['cat', 'ant', 'bee']);
    expect(names).toEqual(['cat', 'ant', 'bee']);
    expect([0, 1, 2].map((given) => read(number(given)))).toEqual([[1], [2], [0]]);
  });

  it('refuses a class that it does not have, by its name', () => {
    const { read } = reader(folder, ['cat', 'ant']);
    expect(() => read(number(1))).toThrow(
      'The label "bee" in "folder" is not one of the 2 classes in the class order.',
    );
  });

  it('may hold the values of numeric labels, regardless of the first value', () => {
    const { read } = reader(column, ['1', '2', '10', '-1']);
    expect([1, 2, 10, -1].map((given) => read(number(given)))).toEqual([[0], [1], [2], [3]]);
    expect(() => read(number(3))).toThrow('The label "3" in "y" is not one of the 4 classes');
  });

  it('only names labels that are numbers when it holds names', () => {
    const { names, read } = reader(column, ['cat', 'dog']);
    expect(names).toEqual(['cat', 'dog']);
    expect(read(number(1))).toEqual([1]);
    expect(() => read(number(2))).toThrow('The label 2 in "y" is not one of the 2 classes in the class order, 0 to 1.');
  });

  it('gives texts a class that the data itself has no names for', () => {
    expect(reader(words, ['yes', 'no']).read(text('no'))).toEqual([1]);
    expect(() => reader(words).read(text('no'))).toThrow('neither a number nor a class name');
    expect(reader(words).read(text('7'))).toEqual([7]);
  });

  it('leaves vectors and amounts alone', () => {
    expect(reader(column, ['1', '2']).read(number(0, 1))).toEqual([0, 1]);
    expect(reader(column, ['1', '2'], { kind: 'regression', output: 'y' }).read(number(2))).toEqual([2]);
  });
});

describe('a positive class', () => {
  it('is 1, and every other class is 0', () => {
    const { names, read } = reader(folder, undefined, binary('bee'));
    expect([0, 1, 2].map((given) => read(number(given)))).toEqual([[0], [1], [0]]);
    expect(names).toEqual(['not bee', 'bee']);
  });

  it('is a name, a text or the value of a number', () => {
    expect(reader({ ...folder, classes: ['cat', 'dog'] }, undefined, binary('cat')).names).toEqual(['dog', 'cat']);
    expect(reader(words, undefined, binary('spam')).read(text('spam'))).toEqual([1]);
    expect(reader(words, undefined, binary('spam')).read(text('ham'))).toEqual([0]);
    expect(reader(column, undefined, binary('-1')).read(number(-1))).toEqual([1]);
    expect(reader(column, ['no', 'yes'], binary('no')).read(number(0))).toEqual([1]);
  });

  it('is a number however it is written, and no label is no number', () => {
    expect([1, 2].map((given) => reader(column, undefined, binary('1.0')).read(number(given)))).toEqual([[1], [0]]);
    const float = { ...column, dtype: 'float64' };
    const nan = { kind: 'tensor', tensor: { dtype: 'float64', dims: [], data: Float64Array.of(NaN) } } as const;
    expect(() => reader(float, undefined, binary('1')).read(nan)).toThrow('is not a finite number');
    expect(() => reader(words, undefined, binary('spam')).read(text(' '))).toThrow('The sample has no label');
  });

  it('does not stand for a sample without a class', () => {
    expect(() => reader(folder, undefined, binary('bee')).read(number(-1))).toThrow(
      'The label -1 in "folder" is not one of the data’s 3 classes.',
    );
  });

  it('refuses a class that is missing from the order', () => {
    expect(() => reader(folder, ['ant', 'bee'], binary('bee')).read(number(2))).toThrow('"cat"');
  });
});
