import { describe, expect, it } from 'vitest';
import { classRows } from './ClassDetails';

describe('classes', () => {
  it('are listed with the worst first, with the classes they were mistaken for', () => {
    const rows = classRows({
      names: ['cat', 'dog', 'bird', 'fish'],
      confusion: [
        [8, 2, 0, 0],
        [5, 4, 1, 0],
        [0, 0, 3, 0],
        [0, 0, 0, 0],
      ],
    });
    expect(rows.map(({ name }) => name)).toEqual(['dog', 'cat', 'bird', 'fish']);
    expect(rows[0]).toEqual({
      name: 'dog',
      samples: 10,
      right: 4,
      recall: 0.4,
      precision: 4 / 6,
      confusedWith: 'cat',
    });
    expect(rows[3]).toMatchObject({ samples: 0, recall: null, precision: null, confusedWith: null });
  });
});
