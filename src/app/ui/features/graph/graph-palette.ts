/** The colors of the theme for a canvas, which knows no CSS variables. */
import type { NodeColor } from './node-colors';

export interface Palette {
  readonly surface: string;
  readonly node: string;
  readonly border: string;
  readonly edge: string;
  readonly text: string;
  readonly muted: string;
  readonly focus: string;
  /** Marks of what only one side has, or what changed. */
  readonly mark: string;
  readonly font: string;
  readonly hues: Readonly<Record<NodeColor['hue'], string>>;
}

/** Reads the variables that hold for an element. `mark` is the color of the model that the canvas shows. */
export function readPalette(element: Element, mark: string): Palette {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    surface: read('--surface'),
    node: read('--surface-control'),
    border: read('--border-control'),
    edge: read('--graph-edge'),
    text: read('--text'),
    muted: read('--text-muted'),
    focus: read('--focus'),
    mark: read(mark),
    font: style.fontFamily,
    hues: {
      compute: read('--hue-compute'),
      normalize: read('--hue-normalize'),
      activate: read('--hue-activate'),
      combine: read('--hue-combine'),
      shape: read('--hue-shape'),
      quantize: read('--hue-quantize'),
      control: read('--hue-control'),
      plain: read('--border-control'),
      unknown: read('--border-control'),
    },
  };
}

/** The ground of a node: its hue laid thinly over that of all nodes, so that text stays readable. */
export function groundOf({ hue, strength }: Pick<NodeColor, 'hue' | 'strength'>, { node, hues }: Palette): string {
  return hue === 'plain' || hue === 'unknown' ? node : mix(node, hues[hue], strength);
}

/** The color of an item that is too small for text. */
export function farGroundOf(
  { hue, farStrength }: Pick<NodeColor, 'hue' | 'farStrength'>,
  { node, hues }: Palette,
): string {
  return farStrength === 1 ? hues[hue] : mix(node, hues[hue], farStrength);
}

/** The color of small text on a node without a color. On colored nodes, muted text cannot be read. */
export function smallTextOn({ hue }: Pick<NodeColor, 'hue'>, { text, muted }: Palette): string {
  return hue === 'plain' || hue === 'unknown' ? muted : text;
}

/** Mixes two colors, both as `#rrggbb`, or `#rgb` as a build shortens it. */
export function mix(ground: string, over: string, share: number): string {
  const [from, to] = [channelsOf(ground), channelsOf(over)];
  return `rgb(${from.map((channel, at) => Math.round(channel + (to[at]! - channel) * share)).join(' ')})`;
}

function channelsOf(color: string): readonly number[] {
  const digits = color.slice(1);
  const long = digits.length === 3 ? Array.from(digits, (digit) => digit + digit).join('') : digits;
  return [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16));
}
