import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast } from '../../../testing/contrast';
import { groundOf, smallTextOn, type Palette } from './graph-palette';
import { classStrength, leastStrength, mostStrength, type NodeColor } from './node-colors';

const hueNames = ['compute', 'normalize', 'activate', 'combine', 'shape', 'quantize', 'control'] as const;

/** The palette that the two style sheets give the canvas. */
function paletteOf(scheme: 'light' | 'dark'): Palette {
  const colors = new Map<string, string>();
  for (const file of ['../../theme/tokens.css', './GraphView.module.css']) {
    const css = readFileSync(new URL(file, import.meta.url), 'utf8');
    for (const [, block = ''] of css.matchAll(new RegExp(`scheme='${scheme}'\\][^{]*{([^}]*)}`, 'g'))) {
      for (const [, name, color] of block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)) colors.set(name!, color!);
    }
  }
  const read = (name: string): string => colors.get(name) ?? 'missing';
  const border = read('border-control');
  const hues = Object.fromEntries(hueNames.map((hue) => [hue, read(`hue-${hue}`)]));
  return {
    surface: read('surface'),
    node: read('surface-control'),
    border,
    edge: read('graph-edge'),
    text: read('text'),
    muted: read('text-muted'),
    focus: read('focus'),
    mark: read('original'),
    font: 'sans-serif',
    hues: { ...hues, plain: border, unknown: border } as Palette['hues'],
  };
}

describe.each(['light', 'dark'] as const)('nodes in the %s theme', (scheme) => {
  const palette = paletteOf(scheme);
  const colors: readonly Pick<NodeColor, 'hue' | 'strength'>[] = [
    { hue: 'plain', strength: 0 },
    { hue: 'unknown', strength: 0 },
    ...hueNames.map((hue) => ({ hue, strength: classStrength })),
    { hue: 'compute', strength: leastStrength },
    { hue: 'compute', strength: mostStrength },
  ];

  it.each(colors)('have texts that can be read on $hue of strength $strength', (color) => {
    const ground = groundOf(color, palette);
    expect(contrast(palette.text, ground)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(smallTextOn(color, palette), ground)).toBeGreaterThanOrEqual(4.5);
  });
});
