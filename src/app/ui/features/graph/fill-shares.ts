/** Draws how the nodes of a block divide into classes: stripes beside each other, as wide as their shares. */
import { farGroundOf, type Palette } from './graph-palette';
import type { NodeColor } from './node-colors';

/** Fills a rectangle with the color of an item that is too small for text: in full, and in stripes for a block. */
export function fillShares(
  context: CanvasRenderingContext2D,
  color: NodeColor,
  palette: Palette,
  [left, top, width, height]: readonly [left: number, top: number, width: number, height: number],
): void {
  context.fillStyle = farGroundOf(color, palette);
  context.fillRect(left, top, width, height);
  let x = left;
  for (const { hue, share } of color.shares ?? []) {
    context.fillStyle = palette.hues[hue];
    context.fillRect(x, top, width * share, height);
    x += width * share;
  }
}
