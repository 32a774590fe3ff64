import { describe, expect, it } from 'vitest';
import { LabelValues, warnOfClassOrder, type CountedAnswers } from './accuracy-warnings';
import { proportion } from './proportion-interval';

function answersOf(confusion: readonly (readonly number[])[], more: Partial<CountedAnswers> = {}): CountedAnswers {
  const counts = confusion.flatMap((row, label) =>
    row.flatMap((count, predicted) => (count > 0 ? { label, predicted, count } : [])),
  );
  const samples = counts.reduce((sum, { count }) => sum + count, 0);
  const right = counts.reduce((sum, { label, predicted, count }) => sum + (label === predicted ? count : 0), 0);
  const metric = more.metric ?? 'top1';
  const metrics = { [metric]: proportion(right, samples) };
  return { metric, metrics, samples, counts, classCount: confusion.length, names: undefined, isOrdered: true, ...more };
}

describe('warnOfClassOrder', () => {
  it('proposes the order that fits far better', () => {
    const warning = warnOfClassOrder(
      answersOf(
        [
          [2, 48, 0],
          [0, 1, 49],
          [47, 0, 3],
        ],
        { names: ['ant', 'bee', 'cat'] },
      ),
    );
    expect(warning).toMatchObject({ code: 'class-order', classes: ['cat', 'ant', 'bee'] });
    expect(warning?.message).toMatch(
      /^Top-1 accuracy is 4\.0\s% \(1\.8–8\.5\s%\), and would be 96\.0\s% with another class order/,
    );
    expect(
      warnOfClassOrder(
        answersOf([
          [5, 95],
          [90, 10],
        ]),
      )?.classes,
    ).toEqual(['1', '0']);
  });

  it('names outputs that the data has no class for', () => {
    const confusion = [[0, 0, 40, 0], [0, 0, 0, 40], [], []];
    expect(warnOfClassOrder(answersOf(confusion, { names: ['ant', 'bee'] }))?.classes).toEqual([
      'class 2 of the model',
      'class 3 of the model',
      'ant',
      'bee',
    ]);
  });

  it('proposes no order if the positive class is chosen', () => {
    const warning = warnOfClassOrder(
      answersOf(
        [
          [5, 95],
          [90, 10],
        ],
        { metric: 'accuracy', isOrdered: false },
      ),
    );
    expect(warning?.message).toContain('with yes and no swapped');
    expect(warning).not.toHaveProperty('classes');
  });

  it('does not take a model that always says the same for one of another order', () => {
    const warning = warnOfClassOrder(
      answersOf([
        [0, 90],
        [0, 10],
      ]),
    );
    expect(warning?.code).toBe('below-chance');
    expect(warning?.message).toMatch(/worse than guessing among 2 classes \(50\.0\s%\)/);
  });

  it('warns of a model with nearly one answer for all, if labels differ', () => {
    const confusion = [
      [4, 96, 0],
      [0, 100, 0],
      [0, 98, 2],
    ];
    const warning = warnOfClassOrder(answersOf(confusion, { names: ['ant', 'bee', 'cat'] }));
    expect(warning?.code).toBe('same-answer');
    expect(warning?.message).toContain(
      'the model predicts “bee” for 98\u00a0% of the samples, but 33\u00a0% have this label.',
    );
    const mostlyBees = [
      [1, 9, 0],
      [0, 100, 0],
      [0, 9, 1],
    ];
    expect(warnOfClassOrder(answersOf(mostlyBees))).toBeUndefined();
    const alwaysBenign = [
      [63, 0],
      [37, 0],
    ];
    expect(warnOfClassOrder(answersOf(alwaysBenign))?.code).toBe('same-answer');
  });

  it.each([
    [
      'a model that is right',
      [
        [45, 5],
        [5, 45],
      ],
    ],
    [
      'one that is clearly better than guessing, though hardly good',
      [
        [32, 18],
        [18, 32],
      ],
    ],
    [
      'one that guesses, on few samples',
      [
        [6, 6],
        [6, 6],
      ],
    ],
    [
      'nothing',
      [
        [0, 0],
        [0, 0],
      ],
    ],
  ])('says nothing of %s', (_, confusion) => {
    expect(warnOfClassOrder(answersOf(confusion))).toBeUndefined();
  });

  it('says that too few samples cannot check the labels, unless nearly all answers are right', () => {
    const few = [
      [0, 2],
      [2, 0],
    ];
    expect(warnOfClassOrder(answersOf(few))).toMatchObject({
      code: 'unchecked',
      message: expect.stringMatching(/^The labels were not checked: 4 samples cannot show .+ It takes 10\.$/) as string,
    });
    // 16 pages in 4 classes.
    const right = [0, 1, 2, 3].map((label) => [0, 1, 2, 3].map((answer) => (answer === label ? 4 : 0)));
    expect(warnOfClassOrder(answersOf(right))).toBeUndefined();
    const mixed = [
      [4, 0, 0, 0],
      [0, 0, 4, 0],
      [0, 4, 0, 0],
      [0, 0, 0, 4],
    ];
    expect(warnOfClassOrder(answersOf(mixed))?.code).toBe('unchecked');
    // 12 answers of 1,000 classes, half of them right.
    const counts = Array.from({ length: 12 }, (_, label) => ({
      label,
      predicted: label % 2 === 0 ? label : 999,
      count: 1,
    }));
    const many = { ...answersOf([]), samples: 12, counts, classCount: 1000, metrics: { top1: proportion(6, 12) } };
    expect(warnOfClassOrder(many)).toBeUndefined();
  });

  it('proposes no order to random answers in many classes, whichever fits them by chance', () => {
    const size = 100;
    const confusion = Array.from({ length: size }, (_, row) =>
      Array.from({ length: size }, (__, column) => ((row * 7919 + column * 104_729) % 17 === 0 ? 1 : 0)),
    );
    expect(warnOfClassOrder(answersOf(confusion))?.code).not.toBe('class-order');
  });

  it.each([
    ['guesses', [26, 24, 24, 26]],
    ['is slightly under chance, within the interval', [22, 28, 27, 23]],
  ])('says of a model that %s that it is no better than guessing', (_, [a, b, c, d]) => {
    const warning = warnOfClassOrder(
      answersOf([
        [a!, b!],
        [c!, d!],
      ]),
    );
    expect(warning?.code).toBe('chance-level');
    expect(warning?.message).toMatch(/no better than guessing among 2 classes \(50\.0\s%\)/);
  });
});

describe('LabelValues', () => {
  function warningOf(labels: readonly number[], classCount: number, names?: readonly string[]) {
    const values = new LabelValues();
    for (const label of labels) values.add(Float64Array.of(label), label >= 0 && label < classCount);
    return values.warning(classCount, names);
  }

  it('knows labels that count from one', () => {
    const warning = warningOf([1, 2, 3, 3], 3);
    expect(warning).toMatchObject({ code: 'label-values', classes: ['1', '2', '3'] });
    expect(warning?.message).toContain(
      '2 samples have labels without a class in the output: it has 3, numbered 0 to 2',
    );
    // The second class does not occur.
    expect(warningOf([1, 3], 3)?.classes).toEqual(['1', '2', '3']);
  });

  it('proposes ascending order if there are as many values as classes', () => {
    expect(warningOf([-1, 1, 1], 2)?.classes).toEqual(['-1', '1']);
    expect(warningOf([10, 0, 200], 3)?.classes).toEqual(['0', '10', '200']);
  });

  it('names classes that the output has no score for, and proposes no order of them', () => {
    const warning = warningOf([1, 2, 3, 3], 3, ['ant', 'bee', 'cat', 'zebra']);
    expect(warning).toMatchObject({ code: 'label-values' });
    expect(warning).not.toHaveProperty('classes');
    expect(warning?.message).toMatch(/^2 samples have labels .* it has 3, but the data has 4: "zebra" is left over/);
    expect(warningOf([2, 3, 4, 5, 6, 7, 8], 2, [...'abcdefghi'])?.message).toContain('"f", "g" and 2 more are left');
    expect(warningOf([0, 1], 3, ['ant', 'bee', 'cat', 'zebra'])).toBeUndefined();
  });

  it('proposes nothing for unclear values, and stays silent if every label fits', () => {
    expect(warningOf([0, 1, 7], 4)).not.toHaveProperty('classes');
    expect(warningOf([0, 1, 7], 4)?.message).toContain('1 sample has a label');
    // A label that is as large as the number of classes is one too large.
    expect(warningOf([0, 4], 4)?.message).toContain('the labels range from 0 to 4. Check that the labels belong');
    expect(warningOf([0, 2], 3)).toBeUndefined();
    expect(warningOf([-1, 0, 1, 2], 3)).toBeUndefined();
    expect(warningOf([1, 2], 4)).toBeUndefined();
  });
});
