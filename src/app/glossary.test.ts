import { describe, expect, it } from 'vitest';
import { executionProviders } from '../engine/metrics/cell';
import { formatProvider } from '../engine/format';
import { glossary } from '../engine/glossary';
import { captionTerms } from './ui/components/caption-terms';

const sources = Object.entries(
  import.meta.glob<string>(['./ui/**/*.{ts,tsx}', '!**/*.test.*'], { query: '?raw', import: 'default', eager: true }),
);

/** The part of the interface that has this in it. */
function placesOf(...anyOf: readonly string[]): readonly string[] {
  return sources.filter(([, text]) => anyOf.some((part) => text.includes(part))).map(([path]) => path);
}

/** A term stands in the text, in a list of terms (`term: 'Load'`), or at a provider (`wasm: 'WASM'`). */
function isShown(term: string): boolean {
  if (Object.values(captionTerms).includes(term as keyof typeof glossary)) return true;
  if ((executionProviders.map(formatProvider) as readonly string[]).includes(term)) return true;
  return placesOf(`<Term name="${term}"`, `term: '${term}'`).length > 0;
}

describe('glossary', () => {
  it('explains every execution provider by the name that the interface shows', () => {
    for (const ep of executionProviders) expect(Object.keys(glossary)).toContain(formatProvider(ep));
  });

  it.each(Object.keys(glossary))('is asked for %s by something on the screen', (term) => {
    expect(isShown(term)).toBe(true);
  });

  it.each(Object.keys(captionTerms))('explains the label %s, which some fact or tile has', (label) => {
    expect(placesOf(`['${label}',`, `label="${label}"`, `label = '${label}'`)).not.toEqual([]);
  });

  it.each(Object.entries(glossary))('explains %s in one sentence', (_term, sentence) => {
    expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
    expect(sentence.length).toBeLessThan(190);
    // One sentence, so no full stop before the last.
    expect(sentence.slice(0, -1).match(/\.\s[A-Z]/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });
});
