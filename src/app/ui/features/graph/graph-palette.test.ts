import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast } from '../../../testing/contrast';
import { groundOf, smallTextOn, type Palette } from './graph-palette';
import { classStrength, leastStrength, mostStrength, type NodeColour } from './node-colours';

const hueNames = ['compute', 'normalize', 'activate', 'combine', 'shape', 'quantize', 'control'] as const;

/** The palette that the two style sheets give the canvas. */
function paletteOf(scheme: 'light' | 'dark'): Palette {
  const colours = new Map<string, string>();
  for (const file of ['../../theme/tokens.css', './GraphView.module.css']) {
    const css = readFileSync(new URL(file, import.meta.url), 'utf8');
    for (const [, block = ''] of css.matchAll(new RegExp(`scheme='${scheme}'\\][^{]*{([^}]*)}`, 'g'))) {
      for (const [, name, colour] of block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)) colours.set(name!, colour!);
    }
  }
  const read = (name: string): string => colours.get(name) ?? 'missing';
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
  const colours: readonly Pick<NodeColour, 'hue' | 'strength'>[] = [
    { hue: 'plain', strength: 0 },
    { hue: 'unknown', strength: 0 },
    ...hueNames.map((hue) => ({ hue, strength: classStrength })),
    { hue: 'compute', strength: leastStrength },
    { hue: 'compute', strength: mostStrength },
  ];

  it.each(colours)('have texts that can be read on $hue of strength $strength', (colour) => {
    const ground = groundOf(colour, palette);
    expect(contrast(palette.text, ground)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(smallTextOn(colour, palette), ground)).toBeGreaterThanOrEqual(4.5);
  });
});
