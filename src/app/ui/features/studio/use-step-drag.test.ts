import { describe, expect, it } from 'vitest';
import { positionAt } from './RecipePanel';

describe('the target of a dragged pass', () => {
  it('is before the first whose middle is below the pointer', () => {
    expect(positionAt(5, [10, 30, 50])).toBe(0);
    expect(positionAt(29, [10, 30, 50])).toBe(1);
    expect(positionAt(99, [10, 30, 50])).toBe(2);
  });
});
