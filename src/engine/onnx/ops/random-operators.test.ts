import { describe, expect, it } from 'vitest';
import { node } from '../testing/build';
import { drawsRandomNumbers } from './random-operators';

describe('drawsRandomNumbers', () => {
  it.each([
    [node('RandomNormalLike', ['x'], ['y']), true],
    [node('Dropout', ['x', 'ratio', 'training'], ['y']), true],
    [node('Dropout', ['x', '', ''], ['y']), false],
    [node('Dropout', ['x'], ['y']), false],
    [node('Relu', ['x'], ['y']), false],
  ])('%#', (given, expected) => {
    expect(drawsRandomNumbers(given)).toBe(expected);
  });
});
