import { describe, expect, it } from 'vitest';
import { executionProviders } from '../engine/metrics/cell';
import { formatProvider } from '../engine/report/format';
import { glossary } from './glossary';

describe('glossary', () => {
  it('explains every execution provider by the name that the interface shows', () => {
    for (const ep of executionProviders) expect(Object.keys(glossary)).toContain(formatProvider(ep));
  });

  it.each(Object.entries(glossary))('explains %s in one sentence', (_term, sentence) => {
    expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
    expect(sentence.length).toBeLessThan(190);
    // One sentence, so no full stop before the last.
    expect(sentence.slice(0, -1).match(/\.\s[A-Z]/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });
});
