import { describe, expect, it } from 'vitest';
import type { DataField } from '../../../engine/data/dataset';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import { dataOf } from '../../testing/work-fixtures';
import { declaredLabels } from './data-mapping';
import { classOrderOf, movedClass, orderedByNumber, withClassOrder } from './data-classes';

const outputs = [{ name: 'logits', dtype: 'float32', shape: ['N', 3] }];
const folder: DataField = { name: 'folder', kind: 'class', dtype: 'int64', shape: [], classes: ['ant', 'bee', 'cat'] };
const column: DataField = { name: 'y', kind: 'numbers', dtype: 'int64', shape: [] };
const folders: DataMapping = { inputs: {}, labels: { folders: true } };
const numbers: DataMapping = { inputs: {}, labels: { array: 'y' } };

function orderOf(mapping: DataMapping, field: DataField, classNames?: readonly string[]) {
  const { evaluation } = dataOf();
  const description = { ...evaluation.description, fields: [field] };
  return classOrderOf(
    { mapping, evaluation: { ...evaluation, description, ...(classNames && { classNames }) } },
    declaredLabels(mapping.labels, description),
    outputs,
  );
}

describe('classOrderOf', () => {
  it('is that of the data until a person gives one, and tells which classes that lacks', () => {
    expect(orderOf(folders, folder)).toEqual({
      names: ['ant', 'bee', 'cat'],
      isGiven: false,
      isDeclared: false,
      areCharacters: false,
      isYesOrNo: false,
      missing: [],
      areOnlyNames: false,
      areUnknownTexts: false,
      unnamed: 0,
      byNumber: null,
    });
    expect(orderOf(withClassOrder(folders, ['cat', 'ant']), folder)).toMatchObject({
      names: ['cat', 'ant'],
      isGiven: true,
      missing: ['bee'],
    });
  });

  it('counts the scores that no class of a sorted list stands for', () => {
    const unnamed = (classes: readonly string[], mapping = folders) =>
      orderOf(mapping, { ...folder, classes })?.unnamed;
    expect(unnamed(['ant', 'bee'])).toBe(1);
    expect(unnamed(['ant', 'bee', 'cat', 'dog'])).toBe(0);
    expect(unnamed(['0', '1'])).toBe(0);
    expect(unnamed(['ant', 'bee'], withClassOrder(folders, ['bee', 'ant']))).toBe(0);
  });

  it('tells the order that data declares from the sorted one, until a person gives another', () => {
    const declared: DataField = { ...column, kind: 'class', classes: ['zebra', 'apple'], areClassesDeclared: true };
    expect(orderOf(numbers, declared)).toMatchObject({ names: ['zebra', 'apple'], isDeclared: true });
    expect(orderOf(withClassOrder(numbers, ['apple', 'zebra']), declared)).toMatchObject({ isDeclared: false });
  });

  it('knows no names of numbers, but takes those that came beside the data', () => {
    expect(orderOf(numbers, column)).toMatchObject({ names: null, areOnlyNames: true });
    expect(orderOf(numbers, column, ['ant', 'bee', 'cat'])).toMatchObject({
      names: ['ant', 'bee', 'cat'],
      areOnlyNames: true,
    });
    expect(orderOf(numbers, { ...column, kind: 'text', dtype: 'string' })).toMatchObject({ areUnknownTexts: true });
    expect(orderOf(withClassOrder(numbers, ['1', '2', '3']), column)).toMatchObject({ areOnlyNames: false });
  });

  it('is null if the task has no classes', () => {
    expect(orderOf({ inputs: {}, labels: null }, folder)).toBeNull();
    expect(orderOf({ ...folders, task: { kind: 'match' } }, folder)).toBeNull();
    expect(orderOf({ ...numbers, task: { kind: 'regression', output: 'logits' } }, column)).toBeNull();
  });
});

it('withClassOrder sets an order and gives that of the data back', () => {
  const ordered = withClassOrder(folders, ['cat', 'ant', 'bee']);
  expect(ordered.labels).toEqual({ folders: true, classes: ['cat', 'ant', 'bee'] });
  expect(withClassOrder(ordered, null)).toEqual(folders);
  expect(withClassOrder({ inputs: {}, labels: null }, ['a', 'b']).labels).toBeNull();
});

it('movedClass swaps neighbors and stays within the list', () => {
  expect(movedClass(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c']);
  expect(movedClass(['a', 'b', 'c'], 1, 1)).toEqual(['a', 'c', 'b']);
  expect(movedClass(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c']);
  expect(movedClass(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c']);
});

it('orderedByNumber sorts folders that are called by numbers', () => {
  expect(orderedByNumber(['0', '1', '10', '2'], 4)).toEqual(['0', '1', '2', '10']);
  expect(orderedByNumber(['0', '1', '10', '2'], Number.NaN)).toEqual(['0', '1', '2', '10']);
  expect(orderedByNumber(['0', '1'], 2)).toBeNull();
  expect(orderedByNumber(['0', 'one'], 2)).toBeNull();
});

it('orderedByNumber puts each class at its number if the output has more scores than folders', () => {
  expect(orderedByNumber(['3', '1'], 4)).toEqual(['0', '1', '2', '3']);
  expect(orderedByNumber(['3', '1'], 3)).toEqual(['1', '3']);
});
