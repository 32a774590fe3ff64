import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { variantColorCount } from '../../state/recipe/variant-actions';
import { contrast } from '../../testing/contrast';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

function tokensOf(scheme: 'light' | 'dark'): Record<string, string> {
  const block = css.split(`[data-mantine-color-scheme='${scheme}'] {`)[1]?.split('}')[0] ?? '';
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1], match[2]]));
}

const surfaces = ['surface', 'surface-panel', 'surface-control', 'surface-hover'];
const texts = ['text', 'text-muted', 'original', 'better', 'worse', 'invalid', 'noise'];
const variants = Array.from({ length: variantColorCount }, (_, index) => `variant-${index}`);

describe.each(['light', 'dark'] as const)('the %s theme', (scheme) => {
  const tokens = tokensOf(scheme);
  const of = (name: string): string => tokens[name] ?? 'missing';

  it.each([...texts, ...variants].flatMap((text) => surfaces.map((surface) => [text, surface] as const)))(
    '%s can be read on %s',
    (text, surface) => {
      expect(contrast(of(text), of(surface))).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each(['better', 'worse', 'invalid', 'noise'])('%s can be read on its chip', (verdict) => {
    expect(contrast(of(verdict), of(`${verdict}-surface`))).toBeGreaterThanOrEqual(4.5);
  });

  it('fills its button readably and draws a visible focus', () => {
    expect(contrast(of('on-ink'), of('ink'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(of('focus'), of('surface'))).toBeGreaterThanOrEqual(3);
  });
});
