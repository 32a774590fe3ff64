import { describe, expect, it } from 'vitest';
import type { Feeds } from '../data/feeds';
import type { Estimate } from './evaluation';
import { createScorer, pairedDifference, type PlainTask } from './create-scorer';
import { DetectionScorer } from './detection/detection-scorer';
import type { Scorer } from './scorer';
import { labelProblem } from './label-problem';

const numbers = (values: readonly number[], dims: readonly number[], dtype = 'float32'): Feeds => ({
  y: { dtype, dims, data: dtype === 'int64' ? BigInt64Array.from(values, BigInt) : Float32Array.from(values) },
});
const label = (...values: number[]) => Float64Array.from(values);

function scored(task: PlainTask, values: number[], dims: number[], truth: number[]): Scorer {
  const scorer = createScorer(task, truth.length);
  scorer.add(
    numbers(values, dims),
    truth.map((value) => label(value)),
  );
  return scorer;
}

function expectEstimate(
  estimate: Estimate | undefined,
  value: number,
  interval: readonly [number, number],
  digits = 3,
) {
  expect(estimate?.value).toBeCloseTo(value, 12);
  expect(estimate?.interval[0]).toBeCloseTo(interval[0], digits);
  expect(estimate?.interval[1]).toBeCloseTo(interval[1], digits);
}

const classification = { kind: 'classification', output: 'y' } as const;

describe('classification', () => {
  it('takes the first of equal scores, counts NaN as wrong, and fills the confusion', () => {
    const scores = [0, 5, 5, /* tie: 1 */ 9, 1, 0, /* 0 */ 1, 2, 3, /* 2 */ 0, Number.NaN, 9];
    const accuracy = scored(classification, scores, [4, 3], [1, 0, 0, 1]).accuracy();
    expect(accuracy.metrics.top1?.value).toBe(0.5);
    expect(accuracy.metrics.top5).toBeUndefined();
    expect(accuracy.undecided).toBe(1);
    expect(accuracy.classes).toEqual({
      names: ['0', '1', '2'],
      confusion: [
        [1, 0, 1],
        [0, 1, 0],
        [0, 0, 0],
      ],
    });
    // The second of equal scores is not the prediction.
    expect(scored(classification, [0, 5, 5], [1, 3], [2]).accuracy().metrics.top1?.value).toBe(0);
  });

  it('has no classes if no prediction is a number', () => {
    const accuracy = scored(classification, [Number.NaN], [1, 1], [0]).accuracy();
    expect(accuracy.classes).toEqual({ names: [], confusion: [] });
  });

  it('gives top-5 of more than five classes, and counts ties by their place there too', () => {
    const scores = [6, 5, 4, 3, 2, 1, /* */ 1, 1, 1, 1, 1, 1];
    expect(scored(classification, scores, [2, 6], [4, 4]).accuracy().metrics.top5?.value).toBe(1);
    expect(scored(classification, scores, [2, 6], [5, 5]).accuracy().metrics.top5?.value).toBe(0);
  });

  it('passes over samples without a label, across batches, with axes of one and one-hot labels', () => {
    const scorer = createScorer(classification, 3, ['cat', 'dog']);
    scorer.add(numbers([1, 0, 0, 1], [2, 2, 1, 1]), [label(0), null]);
    scorer.add(numbers([0, 1], [1, 2]), [label(0, 1)]);
    expect(scorer.samples).toBe(2);
    expect(scorer.accuracy().metrics.top1?.value).toBe(1);
    expect(scorer.accuracy().classes?.names).toEqual(['cat', 'dog']);
  });

  it('never calls a class by its bare number if classes have names, which may be numbers', () => {
    const scorer = createScorer(classification, 1, ['10', '2']);
    scorer.add(numbers([0, 1, 0], [1, 3]), [label(1)]);
    expect(scorer.accuracy().classes?.names).toEqual(['10', '2', 'class 2 of the model']);
  });

  it('compares an output that is the class itself', () => {
    const scorer = createScorer(classification, 3);
    scorer.add(numbers([7, 2, 2], [3], 'int64'), [label(7), label(2), label(3)]);
    expect(scorer.accuracy().metrics.top1?.value).toBeCloseTo(2 / 3);
    expect(scorer.accuracy().metrics.top5).toBeUndefined();
    expect(scorer.accuracy().classes?.confusion[3]?.[2]).toBe(1);
  });

  it('compares an output that is the name of the class, with any number', () => {
    const scorer = createScorer(classification, 4, ['dog', 'cat']);
    const texts: Feeds = { y: { dtype: 'string', dims: [4], data: ['cat', 'cat ', 'dog', 'cow'] } };
    scorer.add(texts, [label(1), label(0), label(0), label(1)]);
    const { metrics, classes } = scorer.accuracy();
    expect(metrics.top1?.value).toBe(0.5);
    expect(classes?.confusion).toEqual([
      [1, 1],
      [0, 1],
    ]);
  });

  it('compares an output that is the number of the class as text', () => {
    const scorer = createScorer(classification, 3, undefined);
    scorer.add({ y: { dtype: 'string', dims: [3], data: ['2', '10', '3'] } }, [label(2), label(10), label(0)]);
    expect(scorer.accuracy().metrics.top1?.value).toBe(2 / 3);
  });

  it('lists no more than 100 classes', () => {
    const accuracy = scored(
      classification,
      Array.from({ length: 101 }, () => 0),
      [1, 101],
      [100],
    ).accuracy();
    expect(accuracy.classes).toBeUndefined();
  });

  it('names an output that is missing or does not fit', () => {
    const scorer = createScorer({ ...classification, output: 'scores' }, 1);
    expect(() => scorer.add(numbers([1, 2], [1, 2]), [label(0)])).toThrow('no output "scores". The model has "y"');
    expect(() => scored(classification, [1, 2, 3], [3], [0, 1])).toThrow('one row for each of 2 samples');
    const binary = { kind: 'binary', output: 'y', threshold: 0.5 } as const;
    expect(() => scored(binary, [0.9, 0.1], [1, 2], [0])).toThrow('has 2 numbers per sample; a yes/no task needs one');
    const text: Feeds = { y: { dtype: 'string', dims: [1], data: ['cat'] } };
    expect(() => createScorer(classification, 1).add(text, [label(0)])).toThrow('the labels are numbers');
    const regression = { kind: 'regression', output: 'y' } as const;
    expect(() => createScorer(regression, 1).add(text, [label(0)])).toThrow('contains string, not numbers');
  });

  it('compares two models on the same samples', () => {
    const first = scored(classification, [1, 0, 1, 0, 1, 0, 0, 1], [4, 2], [0, 0, 1, 1]);
    const second = scored(classification, [1, 0, 0, 1, 0, 1, 0, 1], [4, 2], [0, 0, 1, 1]);
    expect(pairedDifference(first, second)).toMatchObject({
      metric: 'top1',
      value: 0,
      onlyOriginal: 1,
      onlyVariant: 1,
    });
    expect(pairedDifference(first, first)).toMatchObject({ value: 0, onlyOriginal: 0, onlyVariant: 0 });
  });

  it('is not compared with the scores of another task', () => {
    const classes = scored(classification, [1, 0, 0, 1], [2, 2], [0, 1]);
    const answers = scored({ kind: 'binary', output: 'y', threshold: 0.5 }, [0.2, 0.9], [2, 1], [0, 1]);
    const amounts = scored({ kind: 'regression', output: 'y' }, [0, 1], [2, 1], [0, 1]);
    for (const other of [answers, amounts]) {
      expect(pairedDifference(classes, other)).toBeUndefined();
      expect(pairedDifference(other, classes)).toBeUndefined();
    }
  });
});

describe('binary', () => {
  const task = { kind: 'binary', output: 'y', threshold: 0.5 } as const;

  // scikit-learn 1.7: accuracy_score, precision_score, recall_score, f1_score, confusion_matrix with y_score > 0.5.
  it('agrees with scikit-learn', () => {
    const { metrics, classes } = scored(
      task,
      [0.2, 0.9, 0.4, 0.6, 0.51, 0.5, 0.1, 0.7],
      [8, 1],
      [0, 1, 1, 0, 1, 0, 0, 1],
    ).accuracy();
    expect(Object.values(metrics).map(({ value }) => value)).toEqual(
      [0.75, 0.75, 0.75, 0.75].map((x) => expect.closeTo(x, 12)),
    );
    expect(classes?.confusion).toEqual([
      [3, 1],
      [1, 3],
    ]);
  });

  it('gives F1 about the interval that 4000 bootstrap samples in NumPy gave', () => {
    const counts = { 'true negative': 818, 'false positive': 139, 'false negative': 154, 'true positive': 889 };
    const scores: number[] = [];
    const truth: number[] = [];
    Object.values(counts).forEach((count, kind) => {
      for (let i = 0; i < count; i++) {
        scores.push(kind % 2);
        truth.push(kind >> 1);
      }
    });
    const { metrics } = scored(task, scores, [2000], truth).accuracy();
    expectEstimate(metrics.f1, 0.858522452921294, [0.842, 0.8744], 2);
  });

  it('counts NaN as the wrong answer and has no precision without a yes', () => {
    const accuracy = scored(task, [Number.NaN, Number.NaN], [2], [0, 1]).accuracy();
    expect(accuracy.metrics.accuracy?.value).toBe(0);
    expect(accuracy.undecided).toBe(2);
    expect(scored(task, [0, 0], [2], [0, 1]).accuracy().metrics.precision?.value).toBeNaN();
  });
});

describe('regression', () => {
  const task = { kind: 'regression', output: 'y' } as const;
  const truth = [3, -0.5, 2, 7, 4.5, 1];

  // scikit-learn 1.7 for the values; scipy 1.16 stats.t.interval for the intervals; a numerical derivative by the
  // samples' weights in NumPy for that of R².
  it('agrees with scikit-learn and scipy', () => {
    const { metrics } = scored(task, [2.5, 0, 2, 8, 4, 1.75], [6, 1], truth).accuracy();
    expectEstimate(metrics.mae, 0.5416666666666666, [0.19294966, 0.89038367]);
    expectEstimate(metrics.rmse, 0.6208193510729725, [0.13444387, 0.86761638]);
    expectEstimate(metrics.r2, 0.9345518867924528, [0.88217526, 0.98692851]);
  });

  it('compares two models by their absolute errors', () => {
    const first = scored(task, [2.5, 0, 2, 8, 4, 1.75], [6], truth);
    const second = scored(task, [2.75, 0.5, 2.5, 7.5, 4, 1], [6], truth);
    const difference = pairedDifference(first, second);
    expect(difference?.metric).toBe('mae');
    expectEstimate(difference, -0.08333333333333333, [-0.6252595, 0.4585929]);
  });

  it('has the mean of the R² of several targets, as scikit-learn has it', () => {
    const second = [1, 2, -1, 4, 0.5, 3];
    const scorer = createScorer(task, 6);
    scorer.add(
      numbers([2.5, 1.5, 0, 1.5, 2, -1, 8, 3.5, 4, 1, 1.75, 2], [6, 2]),
      truth.map((one, index) => label(one, second[index]!)),
    );
    expectEstimate(scorer.accuracy().metrics.r2, 0.90557928529854, [0.78438198, 1.02677659]);
  });

  it('has no R² of more numbers than it keeps, nor of samples with different numbers of targets', () => {
    const many = createScorer(task, 3_000_000);
    many.add(numbers([1, 2], [1, 2]), [label(1, 2)]);
    expect(many.accuracy().metrics).not.toHaveProperty('r2');
    const uneven = createScorer(task, 2);
    uneven.add(numbers([1, 2], [1, 2]), [label(1, 2)]);
    uneven.add(numbers([1], [1, 1]), [label(2)]);
    expect(uneven.accuracy().metrics).toMatchObject({ mae: { value: 0.5 } });
    expect(uneven.accuracy().metrics).not.toHaveProperty('r2');
  });

  it('takes several numbers per sample, and refuses a label with another count', () => {
    const scorer = createScorer(task, 2);
    scorer.add(numbers([1, 2, 3, 5], [2, 2]), [label(1, 1), label(3, 3)]);
    expect(scorer.accuracy().metrics).toMatchObject({ mae: { value: 0.75 } });
    expect(() => scorer.add(numbers([1, 2], [1, 2]), [label(1)])).toThrow(
      'has 2 numbers per sample, but the label has 1',
    );
  });

  it('has no R² when all labels are equal', () => {
    expect(scored(task, [1, 2], [2], [1, 1]).accuracy().metrics.r2?.value).toBeNaN();
  });
});

describe('labelProblem', () => {
  it.each([
    [classification, [9], 10, undefined],
    [classification, [10], 10, 'not one of the output’s 10 classes'],
    [classification, [-1], 10, 'not a class number'],
    [classification, [0.5], 10, 'not a class number'],
    [classification, [1, 1, 0], 3, 'Its label of 3 numbers is not one-hot'],
    [classification, [10], 1, undefined],
    [{ kind: 'binary', output: 'y', threshold: 0 } as const, [2], 1, '1 or 0'],
    [{ kind: 'regression', output: 'y' } as const, [Number.NaN], 1, 'not a number'],
    [{ kind: 'regression', output: 'y' } as const, [-2.5], 1, undefined],
  ])('%j with %j', (task, values, width, problem) => {
    const found = labelProblem(task, label(...values), width);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(problem.replace('’', "'"));
  });

  it('calls classes by their names', () => {
    const names = ['ant', 'bee', 'zebra'];
    expect(labelProblem(classification, label(2), 2, names)).toContain('Its label "zebra" (class 2) is not one of');
    const task = { kind: 'binary', output: 'y', threshold: 0 } as const;
    expect(labelProblem(task, label(2), 1, names)).toContain(
      'Its label is "zebra" (class 2); a yes/no label must be 1 or 0.',
    );
  });
});

it('has no difference of boxes without a labeled box', () => {
  const layout = {
    output: 'y',
    arrangement: 'rows',
    corners: 'corners',
    unit: 'fractions',
    after: 'class',
    objectness: false,
    scoring: 'as-is',
    background: 'none',
    suppressAbove: null,
  } as const;
  const scorer = new DetectionScorer({ kind: 'detection', output: 'y' }, { layout });
  scorer.add(numbers([0, 0, 1, 1, 0.9, 0], [1, 1, 6]), [label()]);
  expect(scorer.samples).toBe(1);
  expect(pairedDifference(scorer, scorer)).toBeUndefined();
});
