import { describe, expect, it } from 'vitest';
import {
  explainFigure,
  gradeWords,
  isIdenticalOutput,
  matchFigure,
  matchWords,
  matchPredicate,
} from './describe-match';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const at = (sqnrDb: number, valid = true) => ({ sqnrDb, identical: sqnrDb === 300, valid });
/** Outputs of texts alone. */
const texts = (agreement: number) => ({ sqnrDb: null, agreement, identical: agreement === 1, valid: true });

describe('words for output match', () => {
  it.each([
    [at(300), 'identical', 'are identical'],
    [{ sqnrDb: 300, identical: false, valid: true }, 'output error < 0.0001 %', 'match (output error < 0.0001 %)'],
    [at(34), 'output error 2 %', 'match (output error 2 %)'],
    [at(24), 'output error 6.3 %, close', 'are close (output error 6.3 %)'],
    [at(18), 'output error 13 %, differ noticeably', 'differ noticeably (output error 13 %)'],
    [at(5.1), 'output error 56 %, differ strongly', 'differ strongly (output error 56 %)'],
    [at(34, false), 'wrong', 'are wrong'],
    [texts(0.99), '99.0 % identical', 'match (99.0 % identical)'],
    [texts(0.95), '95.0 % identical, close', 'are close (95.0 % identical)'],
    [texts(0.6), '60.0 % identical, differ strongly', 'differ strongly (60.0 % identical)'],
    [{ ...at(34, false), comparable: false }, 'not comparable', 'cannot be compared'],
  ])('%j', (match, label, predicate) => {
    expect(plain(matchWords(match))).toBe(label);
    expect(plain(matchPredicate(match))).toBe(predicate);
  });

  it('calls only outputs that are the same in every value identical', () => {
    expect(matchFigure(at(300))).toBe('identical');
    expect(plain(matchFigure({ sqnrDb: 300, identical: false }))).toBe('≥ 300 dB');
    expect(plain(matchFigure({ sqnrDb: 41, identical: false }))).toBe('41 dB');
  });

  it('explain a figure in dB', () => {
    expect(gradeWords(at(5.1))).toBe('differ strongly');
    expect(plain(explainFigure(at(5.1)))).toBe('5.1 dB: the error is 56 % of the signal');
    expect(plain(explainFigure(at(20)))).toBe('20 dB: the error is 10 % of the signal');
    expect(plain(explainFigure(at(42)))).toBe('42 dB: the error is 0.79 % of the signal');
    expect(plain(explainFigure(at(50)))).toBe('50 dB: the error is 0.32 % of the signal');
    expect(plain(explainFigure(at(150)))).toBe('150 dB: the error is 0.0000032 % of the signal');
    expect(plain(explainFigure(texts(0.6)))).toBe('60.0 % identical');
  });

  it('says of an output without any error that it is identical, not how small its error is', () => {
    const same = { sqnrDb: 300, maxAbs: 0, cosine: 1 };
    expect(isIdenticalOutput(same)).toBe(true);
    expect(isIdenticalOutput({ ...same, maxAbs: 1e-20 })).toBe(false);
    expect(explainFigure({ ...same, identical: true })).toBe('identical');
  });
});
