import { describe, expect, it } from 'vitest';
import { boxOfGrip, placeLabels } from './place-labels';

const plot = { widthPx: 300, heightPx: 240 };
const point = (id: string, xPx: number, yPx: number, ...texts: string[]) => ({ id, xPx, yPx, texts });

describe('placeLabels', () => {
  it('puts a name to the right and above, and to the left at the end of the plot', () => {
    const placed = placeLabels([point('a', 50, 100, 'float16'), point('b', 280, 100, 'original')], plot);
    expect(placed.get('a')).toMatchObject({ text: 'float16', side: 'right', dyPx: -10 });
    expect(placed.get('b')).toMatchObject({ side: 'left' });
  });

  it('takes the shorter text if the long one has no room, and overlaps none', () => {
    const long = '4-bit weights, to nearest, recommended, of all of them';
    const crowd = [
      point('best', 50, 100, long, '4-bit weights'),
      point('near', 52, 101, '4-bit weights too'),
      point('lost', 54, 100, 'one of far too many'),
    ];
    const placed = placeLabels(crowd, plot);
    expect(placed.get('best')?.text).toBe('4-bit weights');
    expect(placed.get('near')?.dyPx).toBe(12);
    expect(placed.has('lost')).toBe(false);
  });

  it('leaves intervals free if possible, and crosses one before it shortens text', () => {
    const bar = (xPx: number, top: number, bottom: number) => ({ left: xPx - 2, right: xPx + 2, top, bottom });
    const best = point('best', 100, 100, 'float16, recommended', 'float16');
    const sideOf = (...drawn: Parameters<typeof placeLabels>[2] & object) =>
      placeLabels([best], plot, drawn).get('best');
    expect(sideOf(bar(130, 0, 95))).toMatchObject({ side: 'right', dyPx: 12 });
    expect(sideOf(bar(200, 0, 240))).toMatchObject({ text: 'float16, recommended', dyPx: -10 });
  });

  it('leaves the grip of a limit free, at the end of the line and above the plot', () => {
    const placeOf = (yPx: number, side: 'x' | 'y', place: number) =>
      placeLabels([point('original', 200, yPx, 'original')], plot, [boxOfGrip('≤ 1 point', side, place, plot)]).get(
        'original',
      );
    expect(placeOf(100, 'y', 0)).toMatchObject({ side: 'right', dyPx: -10 });
    expect(placeOf(70, 'y', 0.75)).toMatchObject({ side: 'left', dyPx: -10 });
    expect(placeOf(48, 'y', 0.75)).toMatchObject({ side: 'right', dyPx: -10 });
    expect(placeOf(3, 'x', 1)).toMatchObject({ side: 'left', dyPx: -10 });
  });
});
