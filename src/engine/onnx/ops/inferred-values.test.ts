import { describe, expect, it } from 'vitest';
import { symbolicSize } from '../size';
import { commonValue, elementOf, mergeValues } from './inferred-values';
import type { InferredValue } from './operator';

const n = symbolicSize('N');
const tensor = (...shape: InferredValue['shape'] & object): InferredValue => ({ elementType: 1, shape });

describe('facts common to several values', () => {
  it('are the common rank, sizes and type, never the content', () => {
    expect(commonValue({ ...tensor(n, 3), content: [1] }, tensor(n, 4))).toEqual({ elementType: 1, shape: [n, null] });
    expect(commonValue(tensor(3), tensor(3, 1))).toEqual({ elementType: 1, shape: undefined });
    expect(commonValue(tensor(3), { elementType: 7, shape: [3] })).toEqual({ elementType: undefined, shape: [3] });
  });

  it('of sequences hold per position if lengths match, else for all their tensors', () => {
    const [short, long] = [{ sequence: [tensor(2, n)] }, { sequence: [tensor(2, n), tensor(5, n)] }];
    expect(commonValue(short, { sequence: [tensor(3, n)] }).sequence).toEqual([tensor(null, n)]);
    expect(commonValue(short, long)).toMatchObject({ element: tensor(null, n) });
    expect(commonValue({ sequence: [] }, { element: tensor(4) }).element).toEqual(tensor(4));
    expect(commonValue(short, {})).toEqual({ elementType: undefined, shape: undefined });
  });

  it('and declared is told by the rules, with gaps filled from the declaration', () => {
    expect(mergeValues(tensor(null, 3), { elementType: 7, shape: [2, 4] })).toEqual({
      ...tensor(2, 3),
      element: undefined,
    });
    expect(mergeValues({ shape: [2] }, tensor(2, 4))).toMatchObject({ elementType: 1, shape: [2] });
    expect(mergeValues({}, { element: tensor(4) }).element).toEqual(tensor(4));
  });

  it('of a sequence is its element', () => {
    expect(elementOf({ sequence: [tensor(2), tensor(3)] })).toEqual(tensor(null));
    expect(elementOf({ element: tensor(2) })).toEqual(tensor(2));
    expect([elementOf({ sequence: [] }), elementOf({}), elementOf(undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
