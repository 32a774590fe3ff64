/** Mean average precision of boxes, as pycocotools computes it. */
import { createSeededRandom } from '../../seeded-random';
import type { Estimate, PairedDifference } from '../evaluation';
import { quantileOfSorted } from '../quantile';
import { overlapOf, type FoundBoxes } from './decode-boxes';

/** The boxes that are to be found in one picture, in the unit of the found ones. */
export interface TrueBoxes {
  /** Four numbers for each box: x1, y1, x2, y2. */
  readonly corners: Float64Array;
  readonly classes: Int32Array;
  /** 1: the box need not be found, and a box that matches it counts as neither right nor wrong. */
  readonly ignored: Uint8Array;
  /** 1: the box surrounds a crowd: any number of boxes inside it match it. Crowds are ignored too. */
  readonly crowds: Uint8Array;
}

/** map50: at an overlap of 0.5. map: the mean over overlaps of 0.5, 0.55 … 0.95. */
export type BoxMetric = 'map50' | 'map';

/** NumPy's linspace(0.5, 0.95, 10) and linspace(0, 1, 101), to the bit. */
const overlaps = Array.from({ length: 10 }, (_, index) => (index === 9 ? 0.95 : 0.5 + index * ((0.95 - 0.5) / 9)));
const recalls = Array.from({ length: 101 }, (_, index) => (index === 100 ? 1 : index * 0.01));
/** Found boxes of one class in one picture that count. */
const mostPerClass = 100;
/** The spacing of float64 numbers at 1, which keeps pycocotools from dividing by 0. */
const tiny = 2 ** -52;

const mostResamples = 1000;
const fewestResamples = 100;
/** Steps of all resamples together, unless the fewest resamples take more. */
const mostSteps = 5e7;

/** The boxes of one class, over all pictures. Bit i of a mask belongs to overlap i. */
interface ClassMatches {
  readonly scores: number[];
  /** The picture of each found box, by its number. */
  readonly pictures: number[];
  readonly right: number[];
  readonly ignored: number[];
  /** Boxes to be found, by picture. */
  readonly wanted: Map<number, number>;
  /** Absent until all boxes are added. */
  ranked?: RankedBoxes | undefined;
}

/** Found boxes in descending order of their scores, those of equal score in the order of their pictures. */
interface RankedBoxes {
  readonly pictures: Uint32Array;
  readonly right: Uint16Array;
  readonly ignored: Uint16Array;
  /** Room for the precision and the recall at each right box. */
  readonly precision: Float64Array;
  readonly recall: Float64Array;
}

/**
 * Matches found boxes with true ones, picture after picture, and computes mean average precision over all of them. It is that of COCOeval
 * in pycocotools for boxes, all areas and at most 100 boxes of a class in a picture. Classes without a true box do not count. Intervals
 * are 95 % percentile bootstrap intervals over pictures, with the same draws for each model, so differences are paired.
 */
export class BoxMatches {
  readonly #classes = new Map<number, ClassMatches>();
  #pictures = 0;
  #resampled: Readonly<Record<BoxMetric, Float64Array>> | undefined;

  get pictures(): number {
    return this.#pictures;
  }

  /** True if there is a box to be found. */
  get hasTrueBoxes(): boolean {
    return [...this.#classes.values()].some(({ wanted }) => wanted.size > 0);
  }

  add(found: FoundBoxes, truth: TrueBoxes): void {
    this.#resampled = undefined;
    const picture = this.#pictures++;
    for (const own of new Set([...found.classes, ...truth.classes])) {
      const matches = this.#classes.get(own) ?? emptyMatches();
      this.#classes.set(own, matches);
      addClass(matches, picture, found, truth, own);
    }
  }

  estimate(metric: BoxMetric): Estimate {
    const value = this.#means()[metric];
    return { value, interval: intervalAround(value, this.#resamples()[metric]) };
  }

  /** The metric of `variant` minus this one's, on the same pictures in the same order. */
  difference(variant: BoxMatches, metric: BoxMetric): PairedDifference {
    const value = variant.#means()[metric] - this.#means()[metric];
    const [before, after] = [this.#resamples()[metric], variant.#resamples()[metric]];
    const count = Math.min(before.length, after.length);
    const differences = after.slice(0, count).map((one, resample) => one - before[resample]!);
    return { metric, value, interval: intervalAround(value, differences) };
  }

  #means(weights?: Uint16Array): Readonly<Record<BoxMetric, number>> {
    const perClass = [...this.#classes.values()]
      .map((matches) => precisionsOf(matches, weights))
      .filter((precisions) => precisions !== undefined);
    const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
    return { map50: mean(perClass.map(([first]) => first!)), map: mean(perClass.map(mean)) };
  }

  #resamples(): Readonly<Record<BoxMetric, Float64Array>> {
    return (this.#resampled ??= this.#resample());
  }

  #resample(): Readonly<Record<BoxMetric, Float64Array>> {
    const boxes = [...this.#classes.values()].reduce((sum, { scores }) => sum + scores.length + recalls.length, 0);
    const affordable = Math.floor(mostSteps / (boxes * overlaps.length + this.#pictures + 1));
    const count = Math.min(mostResamples, Math.max(fewestResamples, affordable));
    const random = createSeededRandom(0);
    const weights = new Uint16Array(this.#pictures);
    const [map50, map] = [new Float64Array(count), new Float64Array(count)];
    for (let resample = 0; resample < count; resample++) {
      weights.fill(0);
      for (let draw = 0; draw < weights.length; draw++) weights[Math.floor(random.next() * weights.length)]!++;
      const means = this.#means(weights);
      [map50[resample], map[resample]] = [means.map50, means.map];
    }
    return { map50, map };
  }
}

/** The 95 % percentile interval, with the value in it. Resamples in which no true box was drawn are left out. */
function intervalAround(value: number, resamples: Float64Array): readonly [number, number] {
  const sorted = resamples.filter((each) => !Number.isNaN(each)).sort();
  if (sorted.length === 0) return [Number.NaN, Number.NaN];
  return [Math.min(quantileOfSorted(sorted, 0.025), value), Math.max(quantileOfSorted(sorted, 0.975), value)];
}

function emptyMatches(): ClassMatches {
  return { scores: [], pictures: [], right: [], ignored: [], wanted: new Map() };
}

/** Matches the boxes of one class in one picture. */
function addClass(matches: ClassMatches, picture: number, found: FoundBoxes, truth: TrueBoxes, own: number): void {
  const order = placesOf(found.classes, own)
    .sort((a, b) => found.scores[b]! - found.scores[a]!)
    .slice(0, mostPerClass);
  // Targets that are to be found come first.
  const targets = placesOf(truth.classes, own).sort((a, b) => truth.ignored[a]! - truth.ignored[b]!);
  const wanted = targets.filter((target) => truth.ignored[target] === 0).length;
  if (wanted > 0) matches.wanted.set(picture, wanted);
  const shared = order.map((box) =>
    targets.map((target) => overlapOf(found.corners, box, truth.corners, target, truth.crowds[target] === 1)),
  );
  const masks = order.map(() => ({ right: 0, ignored: 0 }));
  overlaps.forEach((overlap, bit) => {
    const isTaken = targets.map(() => false);
    shared.forEach((ofBox, place) => {
      const target = bestTarget(ofBox, targets, truth, isTaken, overlap);
      if (target === -1) return;
      isTaken[target] = true;
      masks[place]![truth.ignored[targets[target]!] === 1 ? 'ignored' : 'right'] |= 1 << bit;
    });
  });
  matches.ranked = undefined;
  order.forEach((box, place) => {
    matches.scores.push(found.scores[box]!);
    matches.pictures.push(picture);
    matches.right.push(masks[place]!.right);
    matches.ignored.push(masks[place]!.ignored);
  });
}

/** The free target that a box overlaps most, the last of equals; one to be found before any other. −1: there is none. */
function bestTarget(
  ofBox: readonly number[],
  targets: readonly number[],
  { ignored, crowds }: TrueBoxes,
  isTaken: readonly boolean[],
  least: number,
): number {
  let best = -1;
  let most = Math.min(least, 1 - 1e-10);
  for (let place = 0; place < targets.length; place++) {
    const target = targets[place]!;
    if (isTaken[place]! && crowds[target] === 0) continue;
    if (best > -1 && ignored[targets[best]!] === 0 && ignored[target] === 1) break;
    if (ofBox[place]! < most) continue;
    most = ofBox[place]!;
    best = place;
  }
  return best;
}

function placesOf(classes: Int32Array, own: number): number[] {
  const places: number[] = [];
  classes.forEach((each, place) => each === own && places.push(place));
  return places;
}

/** The average precision of a class at each overlap; `undefined` without a true box. `weights`: how often each picture counts. */
function precisionsOf(matches: ClassMatches, weights?: Uint16Array): readonly number[] | undefined {
  let wanted = 0;
  for (const [picture, count] of matches.wanted) wanted += count * (weights === undefined ? 1 : weights[picture]!);
  if (wanted === 0) return undefined;
  const ranked = (matches.ranked ??= rankedBoxes(matches));
  return overlaps.map((_, bit) => averagePrecision(ranked, bit, wanted, weights));
}

function rankedBoxes({ scores, pictures, right, ignored }: ClassMatches): RankedBoxes {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const most = right.filter((mask) => mask !== 0).length;
  return {
    pictures: order.map((box) => pictures[box]!),
    right: Uint16Array.from(order, (box) => right[box]!),
    ignored: Uint16Array.from(order, (box) => ignored[box]!),
    precision: new Float64Array(most),
    recall: new Float64Array(most),
  };
}

/**
 * The mean over 101 recalls of the best precision at that recall or a larger one. Recall changes only at right boxes, where precision is
 * better than at the wrong ones that follow, so the others need no entry.
 */
function averagePrecision(
  { pictures, right, ignored, precision, recall }: RankedBoxes,
  bit: number,
  wanted: number,
  weights: Uint16Array | undefined,
): number {
  let [hits, misses, entries] = [0, 0, 0];
  for (let rank = 0; rank < pictures.length; rank++) {
    const weight = weights === undefined ? 1 : weights[pictures[rank]!]!;
    if (weight === 0 || (ignored[rank]! >> bit) & 1) continue;
    if (((right[rank]! >> bit) & 1) === 0) {
      misses += weight;
      continue;
    }
    hits += weight;
    precision[entries] = hits / (misses + hits + tiny);
    recall[entries++] = hits / wanted;
  }
  for (let entry = entries - 1; entry > 0; entry--) {
    if (precision[entry]! > precision[entry - 1]!) precision[entry - 1] = precision[entry]!;
  }
  let [sum, entry] = [0, 0];
  for (const least of recalls) {
    while (entry < entries && recall[entry]! < least) entry++;
    if (entry === entries) break;
    sum += precision[entry]!;
  }
  return sum / recalls.length;
}
