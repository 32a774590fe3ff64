import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

function tokensOf(scheme: 'light' | 'dark'): Record<string, string> {
  const block = css.split(`[data-mantine-color-scheme='${scheme}'] {`)[1]?.split('}')[0] ?? '';
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((match) => [match[1], match[2]]));
}

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const surfaces = ['surface', 'surface-panel', 'surface-control', 'surface-hover'];
const texts = ['text', 'text-muted', 'original', 'better', 'worse', 'invalid', 'noise'];
const variants = [0, 1, 2, 3, 4].map((index) => `variant-${index}`);

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
