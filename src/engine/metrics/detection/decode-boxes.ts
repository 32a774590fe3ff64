/** Reads the boxes of a detector from its outputs. */
import type { Feeds } from '../../data/feeds';
import type { BoxLayout } from '../../data/mapping/mapping';
import { tensorNumbers, type Numbers } from '../../data/tensor-numbers';
import { ParetoError } from '../../errors';
import { ownValue } from '../../own-value';

/** Boxes in one picture, the surest first. */
export interface FoundBoxes {
  /** Four numbers for each box: x1, y1, x2, y2. */
  readonly corners: Float64Array;
  readonly scores: Float64Array;
  readonly classes: Int32Array;
}

export interface DecodeOptions {
  readonly layout: BoxLayout;
  /** The samples that the outputs hold, one after the other along the first axis, and the one to read. */
  readonly samples: number;
  readonly sample: number;
  /** Boxes with a smaller score are left out. */
  readonly leastScore: number;
  /** The size of the model's input, by which pixels are divided. Absent: corners stay in the unit of the output. */
  readonly input?: { readonly width: number; readonly height: number };
}

/** The most boxes of a picture that are compared with each other, and that stay, as in the evaluation of Ultralytics. */
const mostCandidates = 30_000;
const mostKept = 300;

/**
 * Reads the boxes of one sample. It applies the scoring, multiplies with the objectness and leaves out the background.
 * It removes overlapping boxes if the model does not. Each class of a box with a sufficient score counts as a box of
 * its own; with a softmax only the best. Boxes with numbers that are not finite are left out. Throws `evaluate/output`
 * for outputs that do not have this layout.
 */
export function decodeBoxes(outputs: Feeds, options: DecodeOptions): FoundBoxes {
  const { layout, leastScore, input } = options;
  const table = tableOf(outputs, options);
  const scoreOf = scoresOf(outputs, table, options);
  const found: Candidate[] = [];
  for (let box = 0; box < table.count; box++) {
    for (const { score, own } of scoreOf(box, leastScore)) {
      const corners = cornersOf(table, box, layout);
      if (corners.every(Number.isFinite)) found.push({ corners, score, own });
    }
  }
  found.sort((a, b) => b.score - a.score);
  const kept = suppress(found.slice(0, mostCandidates), layout.suppressAbove);
  const [across, down] = layout.unit === 'pixels' && input !== undefined ? [input.width, input.height] : [1, 1];
  return {
    corners: Float64Array.from(
      kept.flatMap(({ corners: [x1, y1, x2, y2] }) => [x1 / across, y1 / down, x2 / across, y2 / down]),
    ),
    scores: Float64Array.from(kept, ({ score }) => score),
    classes: Int32Array.from(kept, ({ own }) => own),
  };
}

/** The number of classes that have a score of their own, without the background. `undefined` if each box has a class number. */
export function scoredClasses(outputs: Feeds, layout: BoxLayout): number | undefined {
  if (layout.classes !== undefined || layout.after === 'class') return undefined;
  const table = tableOf(outputs, { layout, samples: 1, sample: 0 });
  const columns =
    layout.scores === undefined
      ? table.width - 4 - (layout.objectness ? 1 : 0)
      : numbersOf(outputs, layout.scores, 1).length / table.count;
  return layout.background === 'none' ? columns : columns - 1;
}

interface Candidate {
  readonly corners: readonly [number, number, number, number];
  readonly score: number;
  /** Its class number. */
  readonly own: number;
}

/** The numbers of one sample as a table of boxes. */
interface Table {
  readonly count: number;
  readonly width: number;
  at(box: number, column: number): number;
}

function tableOf(
  outputs: Feeds,
  { layout, samples, sample }: Pick<DecodeOptions, 'layout' | 'samples' | 'sample'>,
): Table {
  const { output, scores, arrangement } = layout;
  const dims = ownValue(outputs, output)?.dims ?? [];
  const values = numbersOf(outputs, output, samples, sample);
  const width = scores !== undefined ? 4 : ((arrangement === 'rows' ? dims.at(-1) : dims.at(-2)) ?? 0);
  const count = values.length / width;
  if (width < 4 || !Number.isInteger(count)) throw unfit(output, dims);
  return {
    count,
    width,
    at: (box, column) => (arrangement === 'rows' ? values[box * width + column]! : values[column * count + box]!),
  };
}

type ScoresOf = (box: number, least: number) => readonly { readonly score: number; readonly own: number }[];

function scoresOf(outputs: Feeds, table: Table, { layout, samples, sample }: DecodeOptions): ScoresOf {
  if (layout.scores === undefined) {
    if (layout.after === 'class') return (box, least) => single(table.at(box, 4), table.at(box, 5), least);
    const first = layout.objectness ? 5 : 4;
    const objectness = (box: number) => (layout.objectness ? table.at(box, 4) : 1);
    return classScores(table.width - first, layout, (box, column) => table.at(box, first + column), objectness);
  }
  const values = numbersOf(outputs, layout.scores, samples, sample);
  if (layout.classes !== undefined) {
    const classes = numbersOf(outputs, layout.classes, samples, sample);
    if (values.length !== table.count || classes.length !== table.count) throw unfit(layout.scores, [values.length]);
    return (box, least) => single(values[box]!, classes[box]!, least);
  }
  const width = values.length / table.count;
  const dims = ownValue(outputs, layout.scores)!.dims;
  if (!Number.isInteger(width) || width < 1) throw unfit(layout.scores, dims);
  const isByClass = width > 1 && dims.at(-1) === table.count && dims.at(-2) === width;
  return classScores(width, layout, (box, column) =>
    isByClass ? values[column * table.count + box]! : values[box * width + column]!,
  );
}

function single(score: number, own: number, least: number): ReturnType<ScoresOf> {
  return score >= least ? [{ score, own: Math.round(own) }] : [];
}

/** The classes of a box with a sufficient score, one column each. */
function classScores(
  width: number,
  { scoring, background }: BoxLayout,
  at: (box: number, column: number) => number,
  objectness: (box: number) => number = () => 1,
): ScoresOf {
  const [first, end] = [background === 'first' ? 1 : 0, background === 'last' ? width - 1 : width];
  if (scoring === 'softmax')
    return (box, least) => bestOfSoftmax(width, first, end, least, (column) => at(box, column));
  return (box, least) => {
    const any = objectness(box);
    if (!(any >= least)) return [];
    const found = [];
    for (let column = first; column < end; column++) {
      const given = at(box, column);
      const score = any * (scoring === 'sigmoid' ? 1 / (1 + Math.exp(-given)) : given);
      if (score >= least) found.push({ score, own: column - first });
    }
    return found;
  };
}

function bestOfSoftmax(
  width: number,
  first: number,
  end: number,
  least: number,
  at: (column: number) => number,
): ReturnType<ScoresOf> {
  let largest = -Infinity;
  for (let column = 0; column < width; column++) largest = Math.max(largest, at(column));
  let sum = 0;
  let best = first;
  for (let column = 0; column < width; column++) {
    sum += Math.exp(at(column) - largest);
    if (column > first && column < end && at(column) > at(best)) best = column;
  }
  const score = Math.exp(at(best) - largest) / sum;
  return score >= least ? [{ score, own: best - first }] : [];
}

function cornersOf({ at }: Table, box: number, { corners }: BoxLayout): Candidate['corners'] {
  const [a, b, c, d] = [at(box, 0), at(box, 1), at(box, 2), at(box, 3)];
  if (corners === 'corners') return [a, b, c, d];
  if (corners === 'corners-yx') return [b, a, d, c];
  return [a - c / 2, b - d / 2, a + c / 2, b + d / 2];
}

/** Keeps the best of boxes of a class that overlap, one after the other (non-maximum suppression). `found`: in descending order. */
function suppress(found: readonly Candidate[], above: number | null): readonly Candidate[] {
  if (above === null) return found.slice(0, mostKept);
  const kept: Candidate[] = [];
  const byClass = new Map<number, Candidate[]>();
  for (const candidate of found) {
    const others = byClass.get(candidate.own) ?? [];
    if (others.some(({ corners }) => overlapOf(candidate.corners, 0, corners, 0) > above)) continue;
    kept.push(candidate);
    if (kept.length === mostKept) break;
    others.push(candidate);
    byClass.set(candidate.own, others);
  }
  return kept;
}

/**
 * Intersection over union of two boxes, 0 to 1. `a` and `b` are lists of corners, and `first` and `second` the places of the boxes in them.
 * `ofFirst`: divides by the area of the first box alone, as COCO does for crowds.
 */
export function overlapOf(
  a: ArrayLike<number>,
  first: number,
  b: ArrayLike<number>,
  second: number,
  ofFirst = false,
): number {
  const [i, j] = [4 * first, 4 * second];
  const width = Math.min(a[i + 2]!, b[j + 2]!) - Math.max(a[i]!, b[j]!);
  const height = Math.min(a[i + 3]!, b[j + 3]!) - Math.max(a[i + 1]!, b[j + 1]!);
  if (!(width > 0 && height > 0)) return 0;
  const both = width * height;
  const own = (a[i + 2]! - a[i]!) * (a[i + 3]! - a[i + 1]!);
  const other = (b[j + 2]! - b[j]!) * (b[j + 3]! - b[j + 1]!);
  return both / (ofFirst ? own : own + other - both);
}

function numbersOf(outputs: Feeds, name: string, samples: number, sample = 0): Numbers {
  const tensor = ownValue(outputs, name);
  const values = tensor && tensorNumbers(tensor);
  const width = (values?.length ?? Number.NaN) / samples;
  if (values === undefined || !Number.isInteger(width)) throw unfit(name, tensor?.dims ?? []);
  return values.subarray(sample * width, (sample + 1) * width);
}

function unfit(name: string, dims: readonly number[]): ParetoError {
  return new ParetoError(
    'evaluate/output',
    `Output "${name}" of shape [${dims.join(', ')}] does not hold boxes in this layout. Correct "boxes" in the mapping.`,
  );
}
