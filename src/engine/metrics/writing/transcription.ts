/** Character and word error rates: how far the texts that a recognizer reads are from the true ones. */
import type { Feeds } from '../../data/feeds';
import type { EvaluationTask } from '../../data/mapping/mapping';
import type { Numbers } from '../../data/tensor-numbers';
import { ParetoError } from '../../errors';
import type { Accuracy, Estimate, PairedDifference } from '../evaluation';
import { meanEstimate } from '../mean-interval';
import { outputRows } from '../output-rows';
import { ownValue } from '../../own-value';
import type { Label, Scorer } from '../scorer';

type TranscriptionTask = Extract<EvaluationTask, { readonly kind: 'transcription' }>;

/** Edits and the length of the true text, for each text. */
interface ErrorCounts {
  readonly edits: Float64Array;
  readonly lengths: Float64Array;
}

/** Names of the blank of CTC in lists of characters. */
const blankNames: readonly string[] = ['<blank>', '<blk>', 'blank', '[PAD]', '<pad>'];

/**
 * Scores an output of [1, steps, characters] that was trained with CTC (Graves et al. 2006). The text is the likeliest
 * character of each step, with repeats merged and blanks left out. CER is the number of inserted, removed and replaced
 * characters of all texts ÷ the number of characters of all true texts. WER is the same of words. As in jiwer, spaces
 * at the ends do not count. The label of a sample is its text as code points. Intervals are 95 % by Student's t over
 * texts; the difference of two models is paired by text.
 */
export class TranscriptionScorer implements Scorer {
  readonly #task: TranscriptionTask;
  readonly #characters: readonly string[];
  readonly #byCharacter: ErrorCounts;
  readonly #byWord: ErrorCounts;
  #samples = 0;

  /**
   * @param capacity the most texts that will be scored
   * @param characters of the output, in its order. A blank in the first place may be left out, and then a space in the last one too.
   */
  constructor(task: TranscriptionTask, capacity: number, characters: readonly string[]) {
    this.#task = task;
    this.#characters = characters;
    [this.#byCharacter, this.#byWord] = [emptyCounts(capacity), emptyCounts(capacity)];
  }

  get samples(): number {
    return this.#samples;
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const { output } = this.#task;
    const { values, width } = outputRows(outputs, output, labels.length);
    const alphabet = alphabetOf(this.#characters, ownValue(outputs, output)!.dims.at(-1)!, output);
    labels.forEach((label, sample) => {
      if (label === null) return;
      const read = textIn(values.subarray(sample * width, (sample + 1) * width), alphabet).trim();
      const text = String.fromCodePoint(...label).trim();
      this.#count(this.#byCharacter, [...text], [...read]);
      this.#count(this.#byWord, wordsOf(text), wordsOf(read));
      this.#samples++;
    });
  }

  #count(counts: ErrorCounts, expected: readonly string[], actual: readonly string[]): void {
    counts.edits[this.#samples] = editDistance(expected, actual);
    counts.lengths[this.#samples] = expected.length;
  }

  accuracy(): Accuracy {
    const [cer, wer] = [this.#byCharacter, this.#byWord].map((counts) => {
      const { rate, residuals } = rateOf(this.#scored(counts));
      return {
        value: rate,
        interval: atLeastZero(meanEstimate(residuals.map((residual) => rate + residual)).interval),
      };
    });
    return { task: this.#task, metrics: { cer: cer!, wer: wer! } };
  }

  differenceTo(original: TranscriptionScorer): PairedDifference {
    const [before, after] = [original, this].map((scorer) => rateOf(scorer.#scored(scorer.#byCharacter)));
    const value = after!.rate - before!.rate;
    const influence = after!.residuals.map((residual, text) => value + residual - before!.residuals[text]!);
    return { metric: 'cer', value, interval: meanEstimate(influence).interval };
  }

  #scored({ edits, lengths }: ErrorCounts): ErrorCounts {
    return { edits: edits.subarray(0, this.#samples), lengths: lengths.subarray(0, this.#samples) };
  }
}

/** The text that one sample of an output of [1, steps, characters] reads as; `undefined` if the characters do not fit. */
export function readTranscript(rows: Numbers, width: number, characters: readonly string[]): string | undefined {
  const alphabet = findAlphabet(characters, width);
  return alphabet && textIn(rows, alphabet).trim();
}

function emptyCounts(capacity: number): ErrorCounts {
  return { edits: new Float64Array(capacity), lengths: new Float64Array(capacity) };
}

function atLeastZero([low, high]: Estimate['interval']): Estimate['interval'] {
  return [Math.max(0, low), high];
}

/**
 * A ratio of sums over texts, and what each text adds to it (Cochran, "Sampling Techniques", 1977, ch. 6). Residuals have mean zero.
 */
function rateOf({ edits, lengths }: ErrorCounts): { readonly rate: number; readonly residuals: Float64Array } {
  const length = lengths.reduce((sum, each) => sum + each, 0);
  const rate = edits.reduce((sum, each) => sum + each, 0) / length;
  return { rate, residuals: edits.map((own, text) => ((own - rate * lengths[text]!) * edits.length) / length) };
}

interface Alphabet {
  readonly blank: number;
  /** The text of each column of the output. Empty for signs that are no text. */
  readonly texts: readonly string[];
}

function findAlphabet(characters: readonly string[], width: number): Alphabet | undefined {
  const blank = characters.findIndex((name) => blankNames.includes(name));
  const more = width - characters.length;
  if (more === 0 && blank >= 0) return { blank, texts: characters.map((name) => textOf(name, characters)) };
  if (blank < 0 && (more === 1 || more === 2)) {
    const own = characters.map((name) => textOf(name, characters));
    return { blank: 0, texts: ['', ...own, ...(more === 2 ? [' '] : [])] };
  }
  return undefined;
}

function alphabetOf(characters: readonly string[], width: number, output: string): Alphabet {
  const found = findAlphabet(characters, width);
  if (found !== undefined) return found;
  throw new ParetoError(
    'evaluate/characters',
    `Output "${output}" has ${width} scores for each step, but the list has ${characters.length} characters. List all of them in the order of the output, with "<blank>" for the blank, as "classes" of the labels.`,
  );
}

/** Signs in brackets, such as `<s>`, are no text. `|` stands for a space if nothing else does. */
function textOf(name: string, characters: readonly string[]): string {
  if (/^(<.+>|\[.+\])$/.test(name)) return '';
  return name === '|' && !characters.includes(' ') ? ' ' : name;
}

function textIn(rows: Numbers, { blank, texts }: Alphabet): string {
  const width = texts.length;
  let text = '';
  let before = blank;
  for (let start = 0; start < rows.length; start += width) {
    let best = 0;
    for (let column = 1; column < width; column++) if (rows[start + column]! > rows[start + best]!) best = column;
    if (best !== blank && best !== before) text += texts[best]!;
    before = best;
  }
  return text;
}

/** Splits a text as jiwer does: a run of white space becomes one space, and spaces separate words. */
function wordsOf(text: string): readonly string[] {
  return text
    .replace(/\s\s+/g, ' ')
    .split(' ')
    .filter((word) => word !== '');
}

/** The fewest insertions, removals and replacements that make one list of the other (Levenshtein 1966). */
function editDistance(a: readonly string[], b: readonly string[]): number {
  let previous = Uint32Array.from({ length: b.length + 1 }, (_, place) => place);
  let current = new Uint32Array(b.length + 1);
  for (let row = 1; row <= a.length; row++) {
    current[0] = row;
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current[column] = Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1);
    }
    [previous, current] = [current, previous];
  }
  return previous[b.length]!;
}
