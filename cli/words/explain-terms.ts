/** Defines the terms in a table, one line each. The page shows the same definitions on hover or focus. */
import { glossary, type GlossaryTerm } from '../../src/engine/glossary';
import { frontierStanding } from '../../src/engine/search/describe-search';

const marks: readonly (readonly [mark: RegExp, term: GlossaryTerm])[] = [
  [new RegExp(frontierStanding), frontierStanding],
  [/\bGPTQ\b/, 'GPTQ'],
  [/\bSQNR\b/, 'SQNR'],
  [/−[\d.]+\s*dB/, 'dB'],
  [/\bKL\b|[Dd]iverge/, 'KL divergence'],
];

/** One paragraph; none for a text without such words. */
export function explainTerms(text: string): readonly string[] {
  const lines = marks.filter(([mark]) => mark.test(text)).map(([, term]) => glossary[term]);
  return lines.length === 0 ? [] : [lines.join('\n')];
}
