import { describe, expect, it } from 'vitest';
import type { Feeds, FeedTensor } from '../../data/feeds';
import type { BoxLayout } from '../../data/mapping/mapping';
import { tensorNumbers } from '../../data/tensor-numbers';
import type { OutputEvidence } from '../output-kind';
import { decodeBoxes, scoredClasses } from './decode-boxes';
import { decideKinds, findBoxes } from './find-boxes';

/** A box with its center and size in pixels of an input of 320 × 320, its class and its score. */
interface Wanted {
  readonly box: readonly [number, number, number, number];
  readonly own: number;
  readonly score: number;
}

const input = { width: 320, height: 320 };
const classCount = 3;
const wanted: readonly Wanted[] = [
  { box: [100, 80, 40, 60], own: 2, score: 0.9 },
  { box: [200, 220, 80, 30], own: 0, score: 0.6 },
];
const expected = {
  corners: [80 / 320, 50 / 320, 120 / 320, 110 / 320, 160 / 320, 205 / 320, 240 / 320, 235 / 320],
  classes: [2, 0],
  scores: [0.9, 0.6],
};

const tensor = (dims: readonly number[], values: Iterable<number>): FeedTensor => ({
  dtype: 'float32',
  dims,
  data: Float32Array.from(values),
});
/** One row of numbers for each box; boxes that nobody finds come after those that are wanted. */
const rowsOf = (count: number, rowOf: (one: Wanted | undefined) => readonly number[]): number[][] =>
  Array.from({ length: count }, (_, index) => [...rowOf(wanted[index])]);
const turned = (rows: readonly (readonly number[])[]): number[] =>
  rows[0]!.flatMap((_, column) => rows.map((row) => row[column]!));
const classScores = (one: Wanted | undefined): number[] =>
  Array.from({ length: classCount }, (_, own) => (one?.own === own ? one.score : 0));
const nobody: Wanted['box'] = [16, 16, 8, 8];
const fractions = (box: Wanted['box']): number[] => box.map((value) => value / 320);
const corners = ([x, y, w, h]: Wanted['box']): number[] => [x - w / 2, y - h / 2, x + w / 2, y + h / 2];

function layoutOrNone(outputs: Feeds, evidence: OutputEvidence): BoxLayout | undefined {
  const observed = Object.entries(outputs).map(([name, { dtype, dims, ...rest }]) => ({
    name,
    dtype,
    dims,
    values: tensorNumbers({ dtype, dims, ...rest }),
  }));
  return findBoxes(observed, evidence)?.layout;
}

function layoutIn(outputs: Feeds, evidence: OutputEvidence = {}): BoxLayout {
  return layoutOrNone(outputs, evidence)!;
}

function foundIn(outputs: Feeds, evidence: OutputEvidence = {}) {
  const layout = layoutIn(outputs, evidence);
  const found = decodeBoxes(outputs, { layout, samples: 1, sample: 0, leastScore: 0.25, input });
  const rounded = (values: Iterable<number>): number[] => Array.from(values, (value) => Math.round(value * 1e6) / 1e6);
  return { corners: rounded(found.corners), classes: [...found.classes], scores: rounded(found.scores) };
}

const yolo8 = rowsOf(2100, (one) => [...(one?.box ?? nobody), ...classScores(one)]);
const yolo5 = rowsOf(6300, (one) => {
  // An object score of 0.96, and class scores that are larger by as much.
  const scores = classScores(one).map((score) => score / 0.96);
  return [...(one?.box ?? nobody), one ? 0.96 : 0.01, ...scores];
});
const logit = (score: number): number => Math.log(score / (1 - score));
const detr = (others: readonly number[]): Feeds => ({
  logits: tensor(
    [1, 300, classCount],
    rowsOf(300, (one) => classScores(one).map((score) => (score > 0 ? logit(score) : others[0]!))).flat(),
  ),
  pred_boxes: tensor([1, 300, 4], rowsOf(300, (one) => fractions(one?.box ?? nobody)).flat()),
});

describe('boxes of a detector', () => {
  const cases: readonly (readonly [name: string, outputs: Feeds, evidence?: OutputEvidence])[] = [
    ['columns of YOLOv8', { output0: tensor([1, 7, 2100], turned(yolo8)) }],
    ['rows of the same', { output0: tensor([1, 2100, 7], yolo8.flat()) }],
    ['rows with an object score of YOLOv5', { output0: tensor([1, 6300, 8], yolo5.flat()) }],
    ['columns of the same', { output0: tensor([1, 8, 6300], turned(yolo5)) }, { classes: classCount }],
    [
      'boxes that the model has chosen',
      {
        output0: tensor(
          [1, 300, 6],
          rowsOf(300, (one) => [...corners(one?.box ?? nobody), one?.score ?? 0, one?.own ?? 0]).flat(),
        ),
      },
    ],
    ['logits and boxes of RT-DETR', detr([-9])],
    [
      'logits with a class for no object, and boxes of DETR',
      {
        logits: tensor(
          [1, 100, 4],
          rowsOf(100, (one) =>
            one ? [...classScores(one).map((score) => (score > 0 ? logit(score) : -30)), 0] : [-30, -30, -30, 9],
          ).flat(),
        ),
        pred_boxes: tensor([1, 100, 4], rowsOf(100, (one) => fractions(one?.box ?? nobody)).flat()),
      },
    ],
    [
      'boxes, scores and classes of SSD in TensorFlow',
      {
        'detection_boxes:0': tensor(
          [1, 10, 4],
          rowsOf(10, (one) => {
            const [x1, y1, x2, y2] = corners(one?.box ?? nobody).map((value) => value / 320);
            return [y1!, x1!, y2!, x2!];
          }).flat(),
        ),
        'detection_classes:0': tensor([1, 10], rowsOf(10, (one) => [one?.own ?? 0]).flat()),
        'detection_scores:0': tensor([1, 10], rowsOf(10, (one) => [one?.score ?? 0]).flat()),
        'num_detections:0': tensor([1], [10]),
      },
    ],
    [
      'boxes, labels and scores of torchvision, without a batch',
      {
        boxes: tensor([2, 4], rowsOf(2, (one) => corners(one!.box)).flat()),
        labels: { dtype: 'int64', dims: [2], data: BigInt64Array.of(2n, 0n) },
        scores: tensor([2], [0.9, 0.6]),
      },
    ],
    [
      'boxes and probabilities with a background of SSD',
      {
        scores: tensor(
          [1, 800, 4],
          rowsOf(800, (one) => (one ? [1 - one.score, ...classScores(one)] : [1, 0, 0, 0])).flat(),
        ),
        boxes: tensor(
          [1, 800, 4],
          rowsOf(800, (one) => corners(one?.box ?? nobody).map((value) => value / 320)).flat(),
        ),
      },
    ],
  ];

  it.each(cases.map(([name, outputs, evidence]) => ({ name, outputs, evidence })))('$name', ({ outputs, evidence }) => {
    expect(foundIn(outputs, evidence)).toEqual({
      ...expected,
      corners: expected.corners.map((value) => Math.round(value * 1e6) / 1e6),
    });
  });

  it('keeps the best of those of a class that overlap, and those of other classes', () => {
    const boxes: readonly Wanted[] = [
      { box: [100, 80, 40, 60], own: 2, score: 0.9 },
      { box: [101, 81, 40, 60], own: 2, score: 0.8 },
      { box: [101, 81, 40, 60], own: 1, score: 0.7 },
      { box: [130, 80, 40, 60], own: 2, score: 0.6 },
    ];
    const rows = Array.from({ length: 2100 }, (_, index) => {
      const one = boxes[index];
      return [...(one?.box ?? nobody), ...classScores(one)];
    });
    expect(foundIn({ y: tensor([1, 7, 2100], turned(rows)) }).scores).toEqual([0.9, 0.7, 0.6]);
  });

  it('rejects scores outside 0 to 1, negative sizes, and a classifier as ending', () => {
    const others: readonly Feeds[] = [
      { y: tensor([1, 7, 2100], turned(yolo8.map((row) => row.map((value) => value - 20)))) },
      {
        y: tensor(
          [1, 12, 2100],
          Array.from({ length: 12 * 2100 }, (_, index) => Math.sin(index)),
        ),
      },
      {
        y: tensor(
          [1, 60, 40],
          Array.from({ length: 2400 }, () => 1 / 40),
        ),
      },
      {
        regressors: tensor(
          [1, 896, 16],
          Array.from({ length: 896 * 16 }, (_, index) => 50 * Math.sin(index)),
        ),
      },
      { boxes: tensor([1, 4], [1, 2, 3, 4]) },
      {
        y: tensor(
          [1, 10],
          Array.from({ length: 10 }, () => 0.1),
        ),
      },
    ];
    for (const outputs of others) expect(layoutOrNone(outputs, {})).toBeUndefined();
  });

  it('rejects four numbers that are the scores of four classes', () => {
    const seen = (name: string, values: readonly number[]) => ({
      name,
      dtype: 'float32',
      dims: [1, values.length],
      values: Float32Array.from(values),
    });
    const classifier = [seen('logits', [0.1, -2, 3, 1]), seen('probabilities', [0.05, 0.01, 0.8, 0.14])];
    expect(decideKinds(classifier).kinds.map(({ kind }) => kind)).toEqual(['scores', 'probabilities']);
    const localizer = [seen('box', [0.1, 0.2, 0.5, 0.6]), seen('logits', [0.1, -2, 3, 1])];
    expect(decideKinds(localizer).kinds.map(({ kind }) => kind)).toEqual(['boxes', 'boxes']);
    const task = { kind: 'classification', output: 'box' } as const;
    expect(decideKinds(localizer, { task }).boxes).toBeUndefined();
    const twice = [...localizer, seen('box2', [0.1, 0.2, 0.5, 0.6])];
    expect(findBoxes(twice)?.layout.output).toBe('box');
    expect(findBoxes(twice, { task: { kind: 'detection', output: 'box2' } })?.layout.output).toBe('box2');
  });

  it('follow the settings of the user', () => {
    const outputs = {
      y: tensor([1, 7, 2100], turned(yolo8)),
      other: tensor(
        [1, 10],
        Array.from({ length: 10 }, () => 0.1),
      ),
    };
    expect(layoutIn(outputs, { boxes: { corners: 'corners', unit: 'fractions', suppressAbove: null } })).toMatchObject({
      output: 'y',
      corners: 'corners',
      unit: 'fractions',
      suppressAbove: null,
    });
    expect(scoredClasses(outputs, layoutIn(outputs))).toBe(3);
    expect(scoredClasses(outputs, layoutIn(outputs, { boxes: { objectness: true } }))).toBe(2);
    const observed = Object.entries(outputs).map(([name, one]) => ({ name, ...one, values: tensorNumbers(one) }));
    expect(decideKinds(observed).kinds.map(({ kind }) => kind)).toEqual(['boxes', 'probabilities']);
    expect(decideKinds(observed, { chosen: { y: 'regression' } }).kinds[0]).toEqual({
      kind: 'regression',
      reason: 'you set it',
    });
  });

  it('refuse outputs that do not have the layout, with a sentence', () => {
    const layout = layoutIn({ y: tensor([1, 7, 2100], turned(yolo8)) });
    const read = (outputs: Feeds) => () => decodeBoxes(outputs, { layout, samples: 1, sample: 0, leastScore: 0.25 });
    const sentence = /does not hold boxes in this layout. Correct "boxes" in the mapping\./;
    expect(read({})).toThrow(sentence);
    expect(read({ y: tensor([1, 3, 70], new Float32Array(210)) })).toThrow(sentence);
  });

  it('have no number that is not finite', () => {
    const rows = yolo8.map((row, index) => (index === 0 ? [Number.NaN, ...row.slice(1)] : row));
    const layout = layoutIn({ y: tensor([1, 7, 2100], turned(yolo8)) });
    const found = decodeBoxes(
      { y: tensor([1, 7, 2100], turned(rows)) },
      { layout, samples: 1, sample: 0, leastScore: 0.25, input },
    );
    expect([...found.classes]).toEqual([0]);
  });
});
