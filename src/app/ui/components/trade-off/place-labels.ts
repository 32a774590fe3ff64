/**
 * Places the names of points in a chart, so that none lies over another or leaves the plot. Pure; all lengths are
 * pixels.
 */

export interface LabeledPoint {
  readonly id: string;
  readonly xPx: number;
  readonly yPx: number;
  /** Texts from the wanted one to the shortest that is still clear. */
  readonly texts: readonly string[];
}

export interface PlacedLabel {
  readonly text: string;
  readonly side: 'left' | 'right';
  /** The offset of the middle of the line from that of the point. */
  readonly dyPx: number;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** An upper estimate of the width of a character in a 12 px font. */
const characterPx = 6.6;
const lineHeightPx = 16;
export const labelOffsetPx = 10;
export const pointRadiusPx = 5;

/**
 * The first points choose first. One for whose name there is no room has none: the table and the outline of the point
 * tell it.
 * @param drawn shapes that a name should not cover, such as intervals, points without a name and grips. It covers them
 *   if nothing else is free.
 */
export function placeLabels(
  points: readonly LabeledPoint[],
  plot: { readonly widthPx: number; readonly heightPx: number },
  drawn: readonly Box[] = [],
): ReadonlyMap<string, PlacedLabel> {
  const dots = points.map(boxOfPoint);
  const taken: Box[] = [];
  const placed = new Map<string, PlacedLabel>();
  for (const [index, point] of points.entries()) {
    const others = dots.filter((_, other) => other !== index);
    const free = placesOf(point).filter(
      ({ box }) => fits(box, plot) && ![...taken, ...others].some((b) => meet(box, b)),
    );
    // Words are not shortened to avoid a drawn box.
    const same = free.filter(({ label }) => label.text === free[0]!.label.text);
    const found = same.find(({ box }) => !drawn.some((b) => meet(box, b))) ?? same[0];
    if (found === undefined) continue;
    taken.push(found.box);
    placed.set(point.id, found.label);
  }
  return placed;
}

function placesOf({ xPx, yPx, texts }: LabeledPoint): readonly { readonly label: PlacedLabel; readonly box: Box }[] {
  return texts.flatMap((text) =>
    ([-10, 12] as const).flatMap((dyPx) =>
      (['right', 'left'] as const).map((side) => {
        const near = side === 'right' ? xPx + labelOffsetPx : xPx - labelOffsetPx;
        const far = side === 'right' ? near + text.length * characterPx : near - text.length * characterPx;
        const middle = yPx + dyPx;
        const box = {
          left: Math.min(near, far),
          right: Math.max(near, far),
          top: middle - lineHeightPx / 2,
          bottom: middle + lineHeightPx / 2,
        };
        return { label: { text, side, dyPx }, box };
      }),
    ),
  );
}

export function boxOfPoint({ xPx, yPx }: Pick<LabeledPoint, 'xPx' | 'yPx'>): Box {
  const r = pointRadiusPx;
  return { left: xPx - r, right: xPx + r, top: yPx - r, bottom: yPx + r };
}

const gripHeightPx = 24;
/** The border and the padding of both sides. */
const gripEdgesPx = 18;

/**
 * The box of the grip of a limit at the end of its line: above the plot for the lower axis, within the plot for the other one.
 * @param place the place of the limit on its axis, from 0 to 1.
 */
export function boxOfGrip(
  text: string,
  side: 'x' | 'y',
  place: number,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
): Box {
  const gripPx = text.length * characterPx + gripEdgesPx;
  const left = (side === 'x' ? place : 1) * (widthPx - gripPx);
  const top = side === 'x' ? -gripHeightPx : (1 - place) * (heightPx - gripHeightPx);
  return { left, right: left + gripPx, top, bottom: top + gripHeightPx };
}

function fits(
  { left, right, top, bottom }: Box,
  plot: { readonly widthPx: number; readonly heightPx: number },
): boolean {
  return left >= 0 && right <= plot.widthPx && top >= -lineHeightPx && bottom <= plot.heightPx;
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
