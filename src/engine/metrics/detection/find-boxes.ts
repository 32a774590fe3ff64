/** Finds the outputs that hold the boxes of a detector, and how, from names, shapes, operators and values. */
import type { BoxLayout } from '../../data/mapping/mapping';
import { floatTypes, type Numbers } from '../../data/tensor-numbers';
import { formatCount } from '../../format';
import { boxesOfGrid, decideKind, type KindDecision, type ObservedOutput, type OutputEvidence } from '../output-kind';

export interface FoundLayout {
  readonly layout: BoxLayout;
  /** A clause: `columns of 4 box numbers and 80 class scores`. */
  readonly reason: string;
}

/** An output with its numbers, of one sample. */
interface Seen extends ObservedOutput {
  readonly values: Numbers;
}

/** A model that chooses boxes keeps at most this many. Among more, overlapping ones are still to be removed. */
const mostChosen = 300;
const mostColumns = 1500;
/** The most rows of boxes that a model chooses. */
const mostRows = 1000;
/** A box that exceeds its picture a little still has fractions below it; a box in pixels has a side above it. */
const largestFraction = 2;
/** The share of boxes in which a second corner must lie after the first. */
const orderedShare = 0.99;
const suppressions = { oneOutput: 0.7, severalOutputs: 0.5 } as const;

/**
 * Finds the layout of the boxes, or `undefined` if no output looks like boxes. Facts that the user gives come first: `evidence.boxes`,
 * kinds of outputs, and the output of the task. Three layouts are known. One output has 4 numbers and scores for each
 * box (YOLO, in rows or columns; RT-DETR of Ultralytics). One output has the boxes that the model has chosen (x1, y1, x2, y2, score,
 * class). Boxes, scores and perhaps class numbers have outputs of their own (SSD, DETR). `outputs`: those of the original for one sample,
 * with their values.
 */
export function findBoxes(outputs: readonly ObservedOutput[], evidence: OutputEvidence = {}): FoundLayout | undefined {
  const { chosen = {}, boxes: stated = {}, task } = evidence;
  const others = new Set(Object.entries(chosen).flatMap(([name, kind]) => (kind === 'boxes' ? [] : [name])));
  if (task !== undefined && task.kind !== 'match' && task.kind !== 'detection') others.add(task.output);
  const seen = outputs.filter((each): each is Seen => each.values !== undefined && !others.has(each.name));
  const wanted = stated.output ?? Object.entries(chosen).find(([, kind]) => kind === 'boxes')?.[0];
  const isStated = wanted !== undefined || Object.keys(stated).length > 0;
  const isEvaluated = ({ name }: Seen): boolean => task?.kind === 'detection' && task.output === name;
  for (const one of seen.toSorted((a, b) => Number(isEvaluated(b)) - Number(isEvaluated(a)))) {
    if (!floatTypes.has(one.dtype) || (wanted !== undefined && one.name !== wanted)) continue;
    const found =
      besideScores(one, seen, evidence, isStated) ??
      (stated.scores === undefined ? inOneOutput(one, evidence, isStated) : undefined);
    if (found === undefined) continue;
    return { ...found, layout: { ...found.layout, ...stated } };
  }
  return undefined;
}

/**
 * Decides the kinds of all outputs of a model: boxes first, by the first sample, then each output by itself.
 * @param samples the samples that the values hold, one after the other along the first axis
 */
export function decideKinds(
  outputs: readonly ObservedOutput[],
  evidence: OutputEvidence = {},
  samples = 1,
): { readonly kinds: readonly KindDecision[]; readonly boxes: FoundLayout | undefined } {
  const boxes = findBoxes(
    outputs.map((output) => firstSample(output, samples)),
    evidence,
  );
  const names = boxes === undefined ? [] : [boxes.layout.output, boxes.layout.scores, boxes.layout.classes];
  return {
    boxes,
    kinds: outputs.map((output) =>
      names.includes(output.name) ? { kind: 'boxes', reason: boxes!.reason } : decideKind(output, evidence),
    ),
  };
}

function firstSample(output: ObservedOutput, samples: number): ObservedOutput {
  const { dims, values } = output;
  if (values === undefined || samples === 1 || dims[0] !== samples) return output;
  return { ...output, dims: [1, ...dims.slice(1)], values: values.subarray(0, values.length / samples) };
}

/** Boxes of four numbers, and scores in another output. */
function besideScores(
  boxes: Seen,
  seen: readonly Seen[],
  { classes, boxes: stated = {} }: OutputEvidence,
  isStated: boolean,
): FoundLayout | undefined {
  const { dims, values, name } = boxes;
  const count = values.length / 4;
  if (dims.length < 2 || dims.at(-1) !== 4 || count < 1) return undefined;
  const beside = seen.filter(
    (other) => other !== boxes && other.values.length % count === 0 && other.values.length > 0,
  );
  const numbers = beside.find((other) => other.values.length === count && areClassNumbers(other));
  const scores =
    beside.find((other) => other.name === stated.scores) ??
    beside.find(
      (other) =>
        other !== numbers && floatTypes.has(other.dtype) && /score|logit|prob|conf|cls|class/i.test(other.name),
    ) ??
    beside.find(
      (other) => other !== numbers && floatTypes.has(other.dtype) && other.values.length <= count * mostColumns,
    );
  const corners = /detection_boxes/i.test(name) && isOrdered(values) ? 'corners-yx' : cornersOf(values);
  if (scores === undefined || (!isStated && corners === undefined)) return undefined;
  const isNamed = /box|loc|coord|dets?\b|rect/i.test(name);
  // Four numbers in one row are more often the scores of four classes.
  if (!isStated && !isNamed && (count === 1 || !/score|logit|prob|conf/i.test(scores.name))) return undefined;
  const width = scores.values.length / count;
  const scoring =
    numbers === undefined
      ? scoringOf(scores, { width, count, classes })
      : ({ scoring: 'as-is', background: 'none' } as const);
  const layout: BoxLayout = {
    output: name,
    scores: scores.name,
    ...(numbers && { classes: numbers.name }),
    arrangement: 'rows',
    corners: corners ?? 'corners',
    unit: unitOf(values),
    after: 'scores',
    objectness: false,
    ...scoring,
    suppressAbove: numbers === undefined && count > mostChosen ? suppressions.severalOutputs : null,
  };
  const what =
    numbers === undefined
      ? `${formatCount(width)} scores in "${scores.name}"`
      : `scores and classes in "${scores.name}" and "${numbers.name}"`;
  return { layout, reason: `${formatCount(count)} boxes with ${what}` };
}

/** Class numbers of boxes: integers, or whole floats in an output that is called so. */
function areClassNumbers({ name, dtype, values }: Seen): boolean {
  const isNamed = /label|class|cls|categor/i.test(name);
  return isNamed ? values.every(Number.isInteger) : !floatTypes.has(dtype);
}

function scoringOf(
  { values, dims }: Seen,
  { width, count, classes }: { readonly width: number; readonly count: number; readonly classes: number | undefined },
): Pick<BoxLayout, 'scoring' | 'background'> {
  const isByClass = width > 1 && dims.at(-1) === count && dims.at(-2) === width;
  if (values.every(isScore)) {
    // A softmax over classes has one that means “no object”, which SSD puts first.
    return { scoring: 'as-is', background: width > 1 && !isByClass && addUp(values, width) ? 'first' : 'none' };
  }
  if (width === 1 || width === classes) return { scoring: 'sigmoid', background: 'none' };
  if (count > mostChosen) return { scoring: 'softmax', background: 'first' };
  // DETR has 100 queries and a softmax. RT-DETR and its relatives have 300 and a sigmoid.
  const hasNone = width - 1 === classes || (classes === undefined && count < mostChosen);
  return hasNone ? { scoring: 'softmax', background: 'last' } : { scoring: 'sigmoid', background: 'none' };
}

function addUp(values: Numbers, width: number): boolean {
  for (let start = 0; start < values.length; start += width) {
    let sum = 0;
    for (let index = start; index < start + width; index++) sum += values[index]!;
    if (Math.abs(sum - 1) > 5e-3) return false;
  }
  return true;
}

/** One output with boxes and scores: [boxes, numbers] or [numbers, boxes]. */
function inOneOutput(output: Seen, evidence: OutputEvidence, isStated: boolean): FoundLayout | undefined {
  const { dims, values } = output;
  const [rows, columns] = [dims.at(-2) ?? 0, dims.at(-1) ?? 0];
  if (dims.length !== 3 || dims[0] !== 1 || Math.min(rows, columns) < 5) return undefined;
  const arrangement = evidence.boxes?.arrangement ?? (rows > columns ? 'rows' : 'columns');
  const [count, width] = arrangement === 'rows' ? [rows, columns] : [columns, rows];
  if (width > mostColumns) return undefined;
  const at = (box: number, place: number): number =>
    arrangement === 'rows' ? values[box * width + place]! : values[place * count + box]!;
  const byBox = Float64Array.from({ length: 4 * count }, (_, index) => at(Math.floor(index / 4), index % 4));
  if (width === 6 && arrangement === 'rows' && areChosen(byBox, count, at))
    return chosenRows(output.name, byBox, count);
  const hasScores = haveScores(count, width, at);
  if (!isStated && !(hasScores && looksLikeBoxes(output, byBox, count, evidence))) return undefined;
  const objectness = evidence.boxes?.objectness ?? hasObjectness(arrangement, count, width, evidence.classes);
  const layout: BoxLayout = {
    output: output.name,
    arrangement,
    corners: 'center-size',
    unit: unitOf(byBox),
    after: 'scores',
    objectness,
    scoring: hasScores ? 'as-is' : 'sigmoid',
    background: 'none',
    suppressAbove: count > mostChosen ? suppressions.oneOutput : null,
  };
  const scores = formatCount(width - 4 - (objectness ? 1 : 0));
  const parts = `4 box numbers${objectness ? ', an object score' : ''} and ${scores} class scores`;
  return { layout, reason: `${arrangement} of ${parts}` };
}

type NumberAt = (box: number, place: number) => number;

/** True if all numbers after the first four can be scores. */
function haveScores(count: number, width: number, at: NumberAt): boolean {
  for (let place = 4; place < width; place++) {
    for (let box = 0; box < count; box++) {
      if (!isScore(at(box, place))) return false;
    }
  }
  return true;
}

/** A sigmoid in float16 may leave its range by a rounding. */
function isScore(value: number): boolean {
  return value >= -1e-3 && value <= 1.001;
}

function chosenRows(output: string, byBox: Numbers, count: number): FoundLayout {
  const layout: BoxLayout = {
    output,
    arrangement: 'rows',
    corners: 'corners',
    unit: unitOf(byBox),
    after: 'class',
    objectness: false,
    scoring: 'as-is',
    background: 'none',
    suppressAbove: null,
  };
  return { layout, reason: `${formatCount(count)} rows of 4 box numbers, a score and a class` };
}

/** Rows of x1, y1, x2, y2, a score and a class number; rows that are not used may have the class −1. */
function areChosen(byBox: Numbers, count: number, at: NumberAt): boolean {
  if (count > mostRows || !isOrdered(byBox)) return false;
  for (let box = 0; box < count; box++) {
    if (!isScore(at(box, 4)) || !Number.isInteger(at(box, 5)) || at(box, 5) < -1) return false;
  }
  return true;
}

/** A grid of boxes, or boxes that the model has chosen: other sequences have neither such numbers nor such values. */
function looksLikeBoxes({ name }: Seen, byBox: Numbers, count: number, { endings = {} }: OutputEvidence): boolean {
  if (!byBox.every((value, index) => Number.isFinite(value) && (index % 4 < 2 || value >= 0))) return false;
  const ending = Object.hasOwn(endings, name) ? endings[name] : undefined;
  if (ending !== undefined && !/^(other|convolution|sigmoid)$/.test(ending.form)) return false;
  // Cells at strides of 8, 16 and 32 pixels, of 16 and 32, or of 8 to 64.
  const isGrid = count >= boxesOfGrid.fewest && (count % boxesOfGrid.step === 0 || count % 5 === 0);
  const isInPixels = unitOf(byBox) === 'pixels';
  return (isGrid && isInPixels) || (ending?.op === 'Concat' && (isGrid || count === mostChosen));
}

/** Exporters of networks with an object score (YOLOv5, v7) write rows and three boxes a cell; those without (v8 and later) write columns. */
function hasObjectness(
  arrangement: BoxLayout['arrangement'],
  count: number,
  width: number,
  classes: number | undefined,
): boolean {
  if (classes !== undefined && width - 4 === classes) return false;
  if (classes !== undefined && width - 5 === classes) return true;
  return (
    arrangement === 'rows' &&
    count > mostChosen &&
    (count % (3 * boxesOfGrid.step) === 0 || count % boxesOfGrid.step !== 0)
  );
}

function unitOf(byBox: Numbers): BoxLayout['unit'] {
  return byBox.every((value) => Math.abs(value) <= largestFraction) ? 'fractions' : 'pixels';
}

/** `undefined` for numbers that are no boxes, such as offsets to anchors. */
function cornersOf(byBox: Numbers): BoxLayout['corners'] | undefined {
  if (isOrdered(byBox)) return 'corners';
  return byBox.every((value, index) => Number.isFinite(value) && (index % 4 < 2 || value >= 0))
    ? 'center-size'
    : undefined;
}

function isOrdered(byBox: Numbers): boolean {
  const count = byBox.length / 4;
  let ordered = 0;
  for (let start = 0; start < byBox.length; start += 4) {
    if (byBox[start + 2]! >= byBox[start]! && byBox[start + 3]! >= byBox[start + 1]!) ordered++;
  }
  return ordered >= orderedShare * count;
}
