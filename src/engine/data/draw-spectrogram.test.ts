import { describe, expect, it } from 'vitest';
import { drawSpectrogram } from './draw-spectrogram';

describe('drawSpectrogram', () => {
  it.each([
    [8, 59],
    [64, 31],
    [100, 13],
  ])('draws a tone of %i waves a window in its own row', (waves, expected) => {
    const tone = Float32Array.from({ length: 4000 }, (_, at) => Math.sin((2 * Math.PI * waves * at) / 256));
    const { width, height, rgba } = drawSpectrogram(tone);
    const column = Array.from({ length: height }, (_, row) => rgba[4 * (row * width + 80)]!);
    expect(Math.abs(column.indexOf(Math.max(...column)) - expected)).toBeLessThanOrEqual(1);
    expect(column.filter((value) => value > 100).length).toBeLessThan(6);
  });

  it('draws silence and sounds shorter than a window', () => {
    expect(drawSpectrogram(new Float32Array(3)).rgba).toHaveLength(4 * 160 * 64);
  });
});
