/** What words of a table mean, a line each: the page shows the same where they are hovered or focused. */
import { glossary, type GlossaryTerm } from '../src/engine/glossary';
import { unbeatenStanding } from '../src/engine/search/describe-search';

const marks: readonly (readonly [mark: RegExp, term: GlossaryTerm])[] = [
  [new RegExp(unbeatenStanding), unbeatenStanding],
  [/\bGPTQ\b/, 'GPTQ'],
  [/\bSQNR\b/, 'SQNR'],
  [/−[\d.]+\s*dB/, 'dB'],
  [/\bKL\b|[Dd]iverge/, 'KL divergence'],
];

/** One paragraph; none for a text without such words. */
export function explainTerms(text: string): readonly string[] {
  const lines = marks.filter(([mark]) => mark.test(text)).map(([, term]) => `${term}: ${glossary[term]}`);
  return lines.length === 0 ? [] : [lines.join('\n')];
}
