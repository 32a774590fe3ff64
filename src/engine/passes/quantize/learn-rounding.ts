/**
 * AdaRound (Nagel et al. 2020) learns for each weight of a layer whether to round down or up. The outputs of the layer
 * then change least. It learns from the covariance of the inputs instead of batches, because the covariance gives the
 * cost of every choice. No runtime is needed, and nothing is random.
 */
import { matrixProduct } from '../../linear-algebra/matrix-products';
import type { Checkpoint } from '../../linear-algebra/row-products';
import { roundHalfEven } from '../../round-half-even';

/** A weight in units of its grid. */
export interface Places {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], finite: number ÷ step + zero point. Codes are whole numbers. */
  readonly places: Float64Array;
  /** [rows, columns]: the step of the number from one code to the next. */
  readonly steps: Float64Array;
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The sigmoid is stretched by this much beyond 0 and 1 and cut off there. A weight can then settle (the paper's ζ and
 * γ).
 */
const stretch = 0.1;
/** The sharpness of the penalty on weights half-way (the paper's β), at first and at the end. There is no penalty in the first share of all steps. */
const sharpness = { first: 20, last: 2, freeShare: 0.2 };
/** Weight of that punishment (the paper's λ), in units of a weight's mean share of the error. */
const punishment = 0.3;
/** The learning rate of Adam. */
const learningRate = 0.1;
const decays = { mean: 0.9, square: 0.999 };

const mostSteps = 300;
const fewestSteps = 150;
/** Multiplications for a layer, about half a minute. */
const productsPerLayer = 1e11;
/** Weights that are learned at once: so many fit the memory. */
const weightsAtOnce = 2 ** 20;

/** Rows are learned together, since they share the covariance. */
function stepsFor(rows: number, columns: number): number {
  return Math.min(mostSteps, Math.floor(productsPerLayer / (rows * columns ** 2)));
}

/** False for a layer that would take minutes. */
export function canLearnRounding(rows: number, columns: number): boolean {
  return stepsFor(rows, columns) >= fewestSteps;
}

/**
 * The codes, [rows, columns]. In each row, Σ e·H·eᵀ of the errors e does not exceed the sum with rounding to nearest.
 * @param covariance H of the inputs, [columns, columns].
 */
export async function learnRounding(
  all: Places,
  covariance: Float64Array,
  checkpoint: Checkpoint,
): Promise<Int32Array> {
  const { rows, columns } = all;
  const codes = new Int32Array(rows * columns);
  const steps = stepsFor(rows, columns);
  const rowsAtOnce = Math.max(1, Math.floor(weightsAtOnce / columns));
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const end = Math.min(rows, first + rowsAtOnce);
    const cut = (matrix: Float64Array): Float64Array => matrix.subarray(first * columns, end * columns);
    const some = { ...all, rows: end - first, places: cut(all.places), steps: cut(all.steps) };
    codes.set(await new RoundingLesson(some, covariance).learn(steps, checkpoint), first * columns);
  }
  return codes;
}

class RoundingLesson {
  readonly #given: Places;
  readonly #covariance: Float64Array;
  /** Integers below the places. A share of 0 to 1 is added to them. */
  readonly #floors: Float64Array;
  /** The logits of the shares. */
  readonly #logits: Float64Array;
  /** [rows]: makes the error of a row that of a weight, on the mean. */
  readonly #norms: Float64Array;

  constructor(given: Places, covariance: Float64Array) {
    this.#given = given;
    this.#covariance = covariance;
    const { places, lowest, highest } = given;
    this.#floors = places.map((place) => Math.min(highest - 1, Math.max(lowest, Math.floor(place))));
    this.#logits = places.map((place, at) => logitOf(place - this.#floors[at]!));
    this.#norms = this.#findNorms();
  }

  async learn(steps: number, checkpoint: Checkpoint): Promise<Int32Array> {
    const { length } = this.#logits;
    const moments = { means: new Float64Array(length), squares: new Float64Array(length) };
    const soft = new Float64Array(length);
    for (let step = 0; step < steps; step += 1) {
      for (let at = 0; at < length; at += 1) soft[at] = this.#floors[at]! + shareOf(sigmoid(this.#logits[at]!));
      const slopes = await this.#slopesAt(soft, checkpoint);
      this.#move(slopes, moments, step, steps);
    }
    return this.#best(checkpoint);
  }

  #findNorms(): Float64Array {
    const { rows, columns, steps } = this.#given;
    return Float64Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      for (let column = 0; column < columns; column += 1) {
        sum += steps[row * columns + column]! ** 2 * Math.max(0, this.#covariance[column * columns + column]!);
      }
      return sum > 0 ? columns / sum : 0;
    });
  }

  /** E·H of the errors that codes make, [rows, columns]. */
  async #pull(codes: Float64Array | Int32Array, checkpoint: Checkpoint): Promise<[Float64Array, Float64Array]> {
    const { rows, columns, places, steps } = this.#given;
    const errors = new Float64Array(codes.length);
    for (let at = 0; at < errors.length; at += 1) errors[at] = (codes[at]! - places[at]!) * steps[at]!;
    return [errors, await matrixProduct(errors, this.#covariance, { rows, inner: columns, columns }, checkpoint)];
  }

  /** The slope of the error of a row with respect to each share. */
  async #slopesAt(soft: Float64Array, checkpoint: Checkpoint): Promise<Float64Array> {
    const { rows, columns, steps } = this.#given;
    const [, pull] = await this.#pull(soft, checkpoint);
    for (let row = 0, at = 0; row < rows; row += 1) {
      const norm = this.#norms[row]!;
      for (const end = at + columns; at < end; at += 1) pull[at]! *= 2 * steps[at]! * norm;
    }
    return pull;
  }

  /** A step of Adam. */
  #move(slopes: Float64Array, { means, squares }: Moments, step: number, steps: number): void {
    const exponent = exponentAt(step / steps);
    const meanShare = 1 - decays.mean ** (step + 1);
    const squareShare = 1 - decays.square ** (step + 1);
    for (let at = 0; at < slopes.length; at += 1) {
      const raised = sigmoid(this.#logits[at]!);
      const share = shareOf(raised);
      let slope = 0;
      // A clipped share has no gradient.
      if (share > 0 && share < 1) {
        const side = 2 * share - 1;
        const punished =
          exponent === undefined ? 0 : -2 * exponent * Math.sign(side) * Math.abs(side) ** (exponent - 1);
        slope = (slopes[at]! + punishment * punished) * (1 + 2 * stretch) * raised * (1 - raised);
      }
      means[at] = decays.mean * means[at]! + (1 - decays.mean) * slope;
      squares[at] = decays.square * squares[at]! + (1 - decays.square) * slope ** 2;
      const spread = Math.sqrt(squares[at]! / squareShare) + 1e-8;
      this.#logits[at]! -= (learningRate * means[at]!) / meanShare / spread;
    }
  }

  /** The learned codes of each row, or the nearest ones if these are better. */
  async #best(checkpoint: Checkpoint): Promise<Int32Array> {
    const { rows, columns, places, lowest, highest } = this.#given;
    const learned = Int32Array.from(this.#logits, (logit, at) => this.#floors[at]! + (logit >= 0 ? 1 : 0));
    const nearest = Int32Array.from(places, (place) => Math.min(highest, Math.max(lowest, roundHalfEven(place))));
    const [learnedErrors, learnedPull] = await this.#pull(learned, checkpoint);
    const [nearestErrors, nearestPull] = await this.#pull(nearest, checkpoint);
    for (let row = 0; row < rows; row += 1) {
      let excess = 0;
      for (let at = row * columns; at < (row + 1) * columns; at += 1) {
        excess += learnedErrors[at]! * learnedPull[at]! - nearestErrors[at]! * nearestPull[at]!;
      }
      if (!(excess < 0)) learned.set(nearest.subarray(row * columns, (row + 1) * columns), row * columns);
    }
    return learned;
  }
}

interface Moments {
  readonly means: Float64Array;
  readonly squares: Float64Array;
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** The stretched sigmoid, cut off. */
function shareOf(raised: number): number {
  return Math.min(1, Math.max(0, raised * (1 + 2 * stretch) - stretch));
}

/** The inverse of `shareOf`. */
function logitOf(share: number): number {
  const raised = (Math.min(1, Math.max(0, share)) + stretch) / (1 + 2 * stretch);
  return Math.log(raised / (1 - raised));
}

/** The exponent of the penalty, which falls from sharp to flat. `undefined` before it begins. @param time from 0 to 1. */
function exponentAt(time: number): number | undefined {
  const { first, last, freeShare } = sharpness;
  if (time < freeShare) return undefined;
  const passed = (time - freeShare) / (1 - freeShare);
  return last + (first - last) * 0.5 * (1 + Math.cos(passed * Math.PI));
}
