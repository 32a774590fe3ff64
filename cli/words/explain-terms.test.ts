import { expect, it } from 'vitest';
import { formatDecibels } from '../../src/engine/format';
import { explainTerms } from './explain-terms';

const termsOf = (text: string) =>
  explainTerms(text)
    .flatMap((paragraph) => paragraph.split('\n'))
    .map((line) => line.split(/ \(| is /)[0]);

it('explains each word of a table once, and errors in decibels of any size', () => {
  expect(termsOf('conv1  GPTQ\nconv2  GPTQ  SQNR')).toEqual(['GPTQ', 'SQNR']);
  for (const decibels of [-6.3, -20, -104]) expect(termsOf(formatDecibels(decibels))).toEqual(['dB']);
  expect(explainTerms(`its output ${formatDecibels(31)}`)).toEqual([]);
});
