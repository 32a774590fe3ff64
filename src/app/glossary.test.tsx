import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { executionProviders } from '../engine/metrics/cell';
import { formatProvider } from '../engine/format';
import { glossary } from '../engine/glossary';
import { captionTerms } from './ui/components/ExplainedCaption';
import { ExplainedCaption } from './ui/components/ExplainedCaption';

const sources = Object.entries(
  import.meta.glob<string>(
    ['./ui/**/*.{ts,tsx}', './state/**/*.ts', './node-facts/**/*.ts', '!**/*.test.*', '!**/caption-terms.ts'],
    { query: '?raw', import: 'default', eager: true },
  ),
);

const pagesForNewcomers = Object.values(
  import.meta.glob<string>(['../../README.md', '../../docs/guide/*.md'], {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
).join('\n');

/** Every text that stands in the code of the app, as the parser tells it from comments and from names. */
const literals = new Set(sources.flatMap(([file, source]) => literalsOf(parseSync(file, source).program)));

function literalsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'type' in value && value.type === 'Literal' && 'value' in value ? [value.value] : [];
  return [...own.filter((each) => typeof each === 'string'), ...Object.values(value).flatMap(literalsOf)];
}

const markupOf = (caption: string) =>
  renderToStaticMarkup(
    <MantineProvider>
      <ExplainedCaption text={caption} />
    </MantineProvider>,
  );

describe('glossary', () => {
  it('explains every execution provider by the name that the interface shows', () => {
    for (const ep of executionProviders) expect(Object.keys(glossary)).toContain(formatProvider(ep));
  });

  it('has no term that neither the app asks for nor a page for newcomers uses', () => {
    const asked = new Set([...literals, ...Object.values(captionTerms), ...executionProviders.map(formatProvider)]);
    const unused = Object.keys(glossary).filter(
      (term) => !asked.has(term) && !new RegExp(`\\b${term}`, 'i').test(pagesForNewcomers),
    );
    expect(unused).toEqual([]);
  });

  it('explains captions that some fact or tile has', () => {
    expect(Object.keys(captionTerms).filter((caption) => !literals.has(caption))).toEqual([]);
    for (const caption of Object.keys(captionTerms)) {
      expect(markupOf(caption)).toMatch(/<span[^>]* tabindex="0"[^>]*>[^<]+<\/span>/);
    }
    expect(markupOf('No term')).not.toContain('<span');
  });

  it.each(Object.entries(glossary))('explains %s in one sentence', (_term, sentence) => {
    // A unit, a percentile and mAP begin with a small letter.
    expect(sentence).toMatch(/^(?:[A-Z0-9]|dB \(|p95 |p99 |mAP@).*\.$/);
    expect(sentence.length).toBeLessThan(190);
    // One sentence, so no full stop before the last.
    expect(sentence.slice(0, -1).match(/\.\s[A-Z]/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });
});
