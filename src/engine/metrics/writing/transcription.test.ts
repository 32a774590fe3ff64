import { expect, it } from 'vitest';
import { createScorer, pairedDifference } from '../create-scorer';
import { labelProblem } from '../label-problem';

const task = { kind: 'transcription', output: 'y' } as const;
const characters = [...'abcdefghijklmnopqrstuvwxyzé'];

/** Scores of [1, steps, characters] that spell a text: each character twice, with a blank between equal ones. */
function spelled(text: string, more: 0 | 1 | 2) {
  const columns = more === 0 ? ['<blank>', ...characters] : characters;
  const width = columns.length + more;
  // The first step has no character.
  const spelledPlaces = [...text].flatMap((character) => {
    const place = character === ' ' ? width - 1 : columns.indexOf(character) + (more === 0 ? 0 : 1);
    return [place, place, 0];
  });
  const places = [0, ...spelledPlaces];
  const data = new Float32Array(places.length * width);
  places.forEach((place, step) => (data[step * width + place] = 1));
  return { y: { dtype: 'float32', dims: [1, places.length, width], data } };
}

const codes = (text: string) => Float64Array.from(text, (each) => each.codePointAt(0)!);

/** True texts, those that one model reads, and those that another one reads. */
const texts = [
  ['hello world', 'hello world', 'helo world'],
  ['the quick brown fox', 'the quick brwn fox', 'the quik brown  foxx'],
  ['café', 'cafe', 'cafe'],
  ['a', '', 'ab'],
  [' jumps over ', 'jumps over', 'jump sover'],
] as const;

function scored(reader: 1 | 2, more: 1 | 2 = 2) {
  const scorer = createScorer(task, texts.length, characters);
  for (const text of texts) scorer.add(spelled(text[reader], more), [codes(text[0])]);
  return scorer;
}

// From tools/golden/error-rates.py: jiwer.
it('has the error rates of jiwer', () => {
  const [one, other] = [scored(1), scored(2)];
  expect(one.accuracy().metrics['cer']!.value).toBeCloseTo(0.06666667, 6);
  expect(one.accuracy().metrics['wer']!.value).toBeCloseTo(0.3, 6);
  expect(other.accuracy().metrics['cer']!.value).toBeCloseTo(0.17777778, 6);
  expect(other.accuracy().metrics['wer']!.value).toBeCloseTo(0.7, 6);
  const difference = pairedDifference(one, other)!;
  const [before, after] = [one, other].map((scorer) => scorer.accuracy().metrics['cer']!.value);
  expect(difference).toMatchObject({ metric: 'cer', value: after! - before! });
  expect(difference.interval[0]).toBeLessThan(difference.value);
  expect(pairedDifference(one, scored(1))).toEqual({ metric: 'cer', value: 0, interval: [0, 0] });
});

it('finds the blank by its name, before the characters, and a space after them', () => {
  const named = createScorer(task, 1, ['<blank>', ...characters]);
  named.add(spelled('bookkeeper', 0), [codes('bookkeeper')]);
  expect(named.accuracy().metrics['cer']!.value).toBe(0);
  const before = createScorer(task, 1, characters);
  before.add(spelled('bookkeeper', 1), [codes('bookkeeper')]);
  expect(before.accuracy().metrics['cer']!.value).toBe(0);
});

it('refuses a list of characters that does not fit the output', () => {
  const scorer = createScorer(task, 1, characters.slice(3));
  expect(() => scorer.add(spelled('a', 1), [codes('a')])).toThrow(/has 28 scores for each step, but the list has 24/);
});

it('has no difference without a true character, and refuses texts that take long to compare', () => {
  const silent = createScorer(task, 1, characters);
  silent.add(spelled('a', 1), [codes('')]);
  expect(silent.accuracy().metrics['cer']!.value).toBe(Infinity);
  expect(pairedDifference(silent, silent)).toBeUndefined();
  expect(labelProblem(task, codes('a'.repeat(10_000)), 1)).toBeUndefined();
  expect(labelProblem(task, codes('a'.repeat(10_001)), 1)).toBe('Its text has 10,001 characters, more than 10,000.');
});
