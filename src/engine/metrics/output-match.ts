import type { Feeds, FeedTensor } from '../data/feeds';
import { sqnrCapDb } from '../format';
import type { MatchFigures, OutputMatch } from './cell';
import { levelOf, relativeError } from './match-grade';
import { floatTypes, tensorNumbers, type Numbers } from '../data/tensor-numbers';
import { ownValue } from '../own-value';

/** Outputs below this SQNR, in dB, are unrelated. An output of zeros has 0 dB, an unrelated one of the same power −3 dB. */
const sqnrFloorDb = 3;

/** The size of an error means little for integers and booleans (class ids, indices), so half of them must agree. */
const smallestAgreement = 0.5;

/**
 * The same model on another provider does the same arithmetic in another order: 110 dB to 130 dB in float32, about 50 dB
 * in float16. Under 40 dB (an error of 1 %) the provider computes something else.
 */
export const unchangedFloorDb = 40;

/**
 * A signal weaker than this (root mean square) counts as if it had this strength: the spacing of float32 numbers at 1.
 * Sigmoid and Softmax are computed to about that error, so a detector that finds nothing and gives 1e-9 everywhere is not
 * held to it. Every stronger signal is measured against itself, however small its unit.
 */
export const weakestSignalRms = 2 ** -23;

/**
 * An output with no number below 0 and none above this belongs to a detector that finds nothing. It finds nothing in random input. The
 * output is then only the tail of its sigmoid, which says nothing about a variant.
 */
const nothingFound = 0.01;

/** Sums over all elements of one output, over all input sets of one kind. */
interface Sums {
  /** The smallest and the largest number of the original. */
  least: number;
  most: number;
  signal: number;
  candidate: number;
  noise: number;
  dot: number;
  maxAbs: number;
  elements: number;
  /** Elements that are neither NaN nor infinite in the original, and texts. */
  finite: number;
  equal: number;
}

/** Words that name the other side of a comparison in sentences about problems. */
export interface ComparedWith {
  /** `the original's` */
  readonly whose: string;
  /** Continues "Output y of the unchanged model is not …", and names the cause. */
  readonly unchanged: { readonly not: string; readonly cause: string };
}

const theOriginal: ComparedWith = {
  whose: "the original's",
  unchanged: { not: 'the WASM output', cause: 'this provider computes it incorrectly or too imprecisely' },
};

/** Outputs that were recorded beside the inputs. */
export const theRecording: ComparedWith = {
  whose: "the recording's",
  unchanged: {
    not: 'the recorded output',
    cause: 'the recording is of another model or other inputs, or this provider computes it incorrectly',
  },
};

interface ComparedOutput {
  /** By the kind of the inputs. */
  readonly kinds: Map<number, Sums>;
  isFloat: boolean;
  isText: boolean;
  problem: string | undefined;
}

export interface OutputFigures {
  readonly name: string;
  /** `null` when the two cannot be compared. */
  readonly sqnrDb: number | null;
  readonly maxAbs: number;
  readonly problem?: string;
}

/**
 * Compares a variant's outputs with the original's on the same inputs, one input set after the other. Per output, over
 * all elements of all sets, with original x and variant y:
 *
 * - SQNR = 10 log₁₀(max(Σx², n × (2⁻²³)²) ÷ Σ(x − y)²) dB, kept within ±300 dB, 300 when identical;
 * - max abs = max |x − y|;  cosine = Σxy ÷ √(Σx² Σy²), 1 when both are all zero.
 *
 * Elements that are not finite in the original are left out of the sums. The match is invalid if the variant is not
 * finite where the original is. It is also invalid with a missing output, another shape, another type (float widths may
 * differ), or an SQNR under the floor. For integers, booleans and texts, at least half must agree. Texts have no
 * signal, so they only have the share that agrees. The figures of the whole are those of the worst output that has
 * them. With inputs of several kinds, the figures of an output are those of its worst kind, and the floors concern all
 * together. If an original is nearly
 * zero for random inputs, an SQNR under the floor means that these inputs allow no comparison.
 */
export class OutputComparison {
  readonly #outputs = new Map<string, ComparedOutput>();
  readonly #comparedWith: ComparedWith;
  #samples = 0;

  constructor(comparedWith = theOriginal) {
    this.#comparedWith = comparedWith;
  }

  /** @param kind the kind of the inputs, a number. */
  add(original: Feeds, variant: Feeds, kind = 0): void {
    this.#samples++;
    for (const [name, expected] of Object.entries(original)) {
      const output = this.#outputs.get(name) ?? { kinds: new Map(), isFloat: true, isText: false, problem: undefined };
      this.#outputs.set(name, output);
      const sums = output.kinds.get(kind) ?? emptySums();
      output.kinds.set(kind, sums);
      output.isFloat = floatTypes.has(expected.dtype);
      output.isText = expected.dtype === 'string';
      output.problem ??= addTensor(sums, { name, ...this.#comparedWith }, expected, ownValue(variant, name));
    }
  }

  /** The figures of each output, or a sentence that says why it cannot be compared. No floor is applied. */
  perOutput(): readonly OutputFigures[] {
    return [...this.#outputs].map(([name, output]) => {
      const { isText, problem: found } = output;
      const sums = worstKind(output);
      const problem = found ?? (isText ? `Output "${name}" contains texts, which have no SQNR.` : undefined);
      if (problem !== undefined) return { name, sqnrDb: null, maxAbs: sums.maxAbs, problem };
      return { name, sqnrDb: sqnr(sums), maxAbs: sums.maxAbs };
    });
  }

  /** `unchanged`: both are of the same model, computed twice. Then the floor is `unchangedFloorDb`, else `sqnrFloorDb`. */
  result(inputs: OutputMatch['inputs'], { unchanged = false } = {}): OutputMatch {
    const outputs = [...this.#outputs].map(([name, output]) =>
      summarize({ name, ...this.#comparedWith }, output, unchanged),
    );
    const wrong = outputs.filter((output) => output.problem !== undefined);
    const isConclusive =
      inputs === 'data' || unchanged || wrong.length === 0 || wrong.some(({ isInconclusive }) => !isInconclusive);
    const isCompared = outputs.length === 0 || outputs.some(({ hasNumbers }) => hasNumbers);
    const found = isConclusive ? wrong[0]?.problem : randomInputProblem(wrong[0]!.name);
    const problem = isCompared ? found : notFiniteProblem;
    return {
      ...worstOf(outputs.map(({ figures }) => figures)),
      identical: outputs.every((output) => output.identical),
      samples: this.#samples,
      inputs,
      outputs: outputs.map(({ name, figures }) => ({ name, ...figures })),
      valid: problem === undefined,
      ...(isConclusive && isCompared ? {} : { comparable: false as const }),
      ...(problem === undefined ? {} : { problem }),
    };
  }
}

/**
 * The sums of the kind of inputs with the largest error. Kinds on which the original finds nothing count only if there
 * are no others.
 */
function worstKind({ kinds, isFloat }: ComparedOutput): Sums {
  const all = [...kinds.values()];
  const telling = isFloat ? all.filter((sums) => !findsNothing(sums)) : all;
  const levelOfKind = (sums: Sums): number => (isFloat ? sqnr(sums) : agreementOf(sums));
  return (telling.length > 0 ? telling : all).reduce((worst, sums) =>
    levelOfKind(sums) < levelOfKind(worst) ? sums : worst,
  );
}

/** The sums over all kinds. */
function allKinds({ kinds }: ComparedOutput): Sums {
  return [...kinds.values()].reduce((a, b) => ({
    least: Math.min(a.least, b.least),
    most: Math.max(a.most, b.most),
    signal: a.signal + b.signal,
    candidate: a.candidate + b.candidate,
    noise: a.noise + b.noise,
    dot: a.dot + b.dot,
    maxAbs: Math.max(a.maxAbs, b.maxAbs),
    elements: a.elements + b.elements,
    finite: a.finite + b.finite,
    equal: a.equal + b.equal,
  }));
}

/** True if the original is zero or just above everywhere. */
function findsNothing({ least, most }: Sums): boolean {
  return least >= 0 && most < nothingFound;
}

function emptySums(): Sums {
  return { least: 0, most: 0, signal: 0, candidate: 0, noise: 0, dot: 0, maxAbs: 0, elements: 0, finite: 0, equal: 0 };
}

/** The name of an output, and the words for the other side of the comparison. */
interface OutputWords extends ComparedWith {
  readonly name: string;
}

/** Compares two tensors. If they cannot be compared, it returns a sentence that says why. */
function addTensor(
  sums: Sums,
  { name, whose }: OutputWords,
  expected: FeedTensor,
  actual: FeedTensor | undefined,
): string | undefined {
  if (actual === undefined) return `Output "${name}" is missing.`;
  const bothFloat = floatTypes.has(expected.dtype) && floatTypes.has(actual.dtype);
  if (expected.dtype !== actual.dtype && !bothFloat) {
    return `Output "${name}" is of type ${actual.dtype}, ${whose} is ${expected.dtype}.`;
  }
  if (expected.dims.length !== actual.dims.length || expected.dims.some((size, axis) => size !== actual.dims[axis])) {
    return `Output "${name}" has shape [${actual.dims.join(', ')}], ${whose} is [${expected.dims.join(', ')}].`;
  }
  const x = tensorNumbers(expected);
  const y = tensorNumbers(actual);
  if (x === undefined || y === undefined) return addStrings(sums, expected.data as string[], actual.data as string[]);
  const notFinite = addNumbers(sums, x, y);
  return notFinite === 0
    ? undefined
    : `Output "${name}" is not finite at ${notFinite} of ${x.length} elements where ${whose} is.`;
}

/** Returns how many elements are finite in x but not in y. */
function addNumbers(sums: Sums, x: Numbers, y: Numbers): number {
  let { least, most, signal, candidate, noise, dot, maxAbs, finite, equal } = sums;
  let notFinite = 0;
  for (let i = 0; i < x.length; i++) {
    const a = x[i]!;
    const b = y[i]!;
    // a - a is 0 for a finite number and NaN otherwise: a test without a call.
    if (a - a !== 0) {
      if (a === b || (a !== a && b !== b)) equal++;
      continue;
    }
    finite++;
    if (b - b !== 0) {
      notFinite++;
      continue;
    }
    if (a === b) equal++;
    const difference = a - b;
    if (a < least) least = a;
    if (a > most) most = a;
    signal += a * a;
    candidate += b * b;
    noise += difference * difference;
    dot += a * b;
    const distance = difference < 0 ? -difference : difference;
    if (distance > maxAbs) maxAbs = distance;
  }
  Object.assign(sums, {
    least,
    most,
    signal,
    candidate,
    noise,
    dot,
    maxAbs,
    finite,
    equal,
    elements: sums.elements + x.length,
  });
  return notFinite;
}

function addStrings(sums: Sums, x: readonly string[], y: readonly string[]): undefined {
  for (let i = 0; i < x.length; i++) {
    sums.elements++;
    sums.finite++;
    if (x[i] === y[i]) sums.equal++;
  }
}

function summarize(words: OutputWords, output: ComparedOutput, unchanged: boolean) {
  const { problem } = output;
  const sums = allKinds(output);
  const identical = problem === undefined && sums.equal === sums.elements;
  const figures = figuresOf(output, worstKind(output));
  return {
    name: words.name,
    hasNumbers: sums.finite > 0 || sums.elements === 0,
    identical,
    figures,
    /** True if the original detects nothing, so that any error is rounding. */
    isInconclusive: problem === undefined && output.isFloat && findsNothing(sums),
    problem: problem ?? unrelated(words, output, sums) ?? (unchanged ? otherArithmetic(words, figures) : undefined),
  };
}

const notFiniteProblem =
  'No output of the original is a finite number on these inputs, so nothing can be compared. Check the values of the data.';

function randomInputProblem(name: string): string {
  return `Output "${name}" is almost zero for random inputs, so they cannot test it. Add data.`;
}

function figuresOf({ isText, problem }: ComparedOutput, sums: Sums): MatchFigures {
  if (isText)
    return { sqnrDb: null, maxAbs: null, cosine: null, agreement: problem === undefined ? agreementOf(sums) : 0 };
  if (problem !== undefined) return { sqnrDb: -sqnrCapDb, maxAbs: sums.maxAbs, cosine: 0 };
  return { sqnrDb: sqnr(sums), maxAbs: sums.maxAbs, cosine: cosineOf(sums) };
}

function worstOf(all: readonly MatchFigures[]): MatchFigures {
  const agreements = all.flatMap(({ agreement }) => agreement ?? []);
  const ofTexts = agreements.length > 0 && { agreement: Math.min(...agreements) };
  const ofNumbers = all.filter(({ agreement }) => agreement === undefined);
  if (ofTexts && ofNumbers.length === 0) return { sqnrDb: null, maxAbs: null, cosine: null, ...ofTexts };
  return {
    sqnrDb: Math.min(sqnrCapDb, ...ofNumbers.map(({ sqnrDb }) => sqnrDb!)),
    maxAbs: Math.max(0, ...ofNumbers.map(({ maxAbs }) => maxAbs!)),
    cosine: Math.min(1, ...ofNumbers.map(({ cosine }) => cosine!)),
    ...ofTexts,
  };
}

function agreementOf({ equal, elements }: Sums): number {
  return elements === 0 ? 1 : equal / elements;
}

function unrelated({ name, whose }: OutputWords, { isFloat }: ComparedOutput, sums: Sums): string | undefined {
  if (!isFloat) {
    const agreement = agreementOf(sums);
    if (agreement >= smallestAgreement) return undefined;
    return `Output "${name}" agrees with ${whose} in ${(agreement * 100).toFixed(0)} % of its elements.`;
  }
  const sqnrDb = sqnr(sums);
  if (sqnrDb >= sqnrFloorDb) return undefined;
  return `Output "${name}" is unrelated to ${whose}: the error is as large as the signal (${sqnrDb.toFixed(1)} dB).`;
}

function otherArithmetic({ name, unchanged: { not, cause } }: OutputWords, figures: MatchFigures): string | undefined {
  if (levelOf(figures) >= unchangedFloorDb) return undefined;
  const { sqnrDb, agreement = 0 } = figures;
  const found =
    sqnrDb === null
      ? `${(agreement * 100).toFixed(0)} % of its texts are identical, at least ${(100 * (1 - relativeError(unchangedFloorDb))).toFixed(0)} % expected`
      : `${sqnrDb.toFixed(1)} dB, at least ${unchangedFloorDb} dB expected`;
  return `Output "${name}" of the unchanged model is not ${not} (${found}): ${cause}.`;
}

function sqnr({ signal, noise, elements }: Sums): number {
  if (noise === 0) return sqnrCapDb;
  const power = Math.max(signal, elements * weakestSignalRms ** 2);
  return Math.max(-sqnrCapDb, Math.min(sqnrCapDb, 10 * Math.log10(power / noise)));
}

function cosineOf({ signal, candidate, dot }: Sums): number {
  if (signal === 0 && candidate === 0) return 1;
  if (signal === 0 || candidate === 0) return 0;
  // Two roots: the product of the sums may overflow. Rounding may carry the quotient just past ±1.
  return Math.max(-1, Math.min(1, dot / (Math.sqrt(signal) * Math.sqrt(candidate))));
}
