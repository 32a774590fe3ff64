/** A sound as a picture: time from left to right, frequency from bottom to top, loudness as brightness. */
import type { RgbaPixels } from './pictures/encode-png';

const columns = 160;
/** Samples of a window, a power of 2. Half as many frequencies are drawn, two to a row. */
const windowSize = 256;
const rows = windowSize / 4;
/** From the loudest place down to black. */
const rangeDb = 70;

type Drawn = RgbaPixels & { readonly rgba: Uint8ClampedArray<ArrayBuffer> };

/** Hann windows at equal distances. Each row is the louder of two frequencies, in dB. */
export function drawSpectrogram(values: Float32Array): Drawn {
  const loudness = new Float32Array(columns * rows);
  const hann = Float32Array.from({ length: windowSize }, (_, at) => Math.sin((Math.PI * at) / windowSize) ** 2);
  for (let column = 0; column < columns; column++) {
    const start = Math.round((column * Math.max(0, values.length - windowSize)) / (columns - 1));
    const powers = powersOf(hann.map((weight, at) => weight * (values[start + at] ?? 0)));
    for (let row = 0; row < rows; row++) {
      const power = Math.max(powers[2 * row]!, powers[2 * row + 1]!);
      loudness[(rows - 1 - row) * columns + column] = 10 * Math.log10(power + 1e-12);
    }
  }
  const loudest = loudness.reduce((most, value) => Math.max(most, value), -Infinity);
  const rgba = new Uint8ClampedArray(4 * columns * rows);
  loudness.forEach((value, place) => {
    const share = Math.max(0, 1 - (loudest - value) / rangeDb);
    rgba.set([255 * share ** 1.5, 255 * share ** 2.5, 110 * share + 60 * share ** 4, 255], 4 * place);
  });
  return { width: columns, height: rows, rgba };
}

/** The powers of the lower half of the frequencies (Cooley and Tukey, radix 2). */
function powersOf(window: Float32Array): Float32Array {
  const size = window.length;
  let [real, imaginary] = [window, new Float32Array(size)];
  for (let half = size / 2; half >= 1; half /= 2) {
    const [nextReal, nextImaginary] = [new Float32Array(size), new Float32Array(size)];
    for (let group = 0; group < size / 2 / half; group++) {
      const angle = (-2 * Math.PI * group * half) / size;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let at = 0; at < half; at++) {
        const [even, odd] = [2 * group * half + at, 2 * group * half + half + at];
        const re = real[odd]! * cos - imaginary[odd]! * sin;
        const im = real[odd]! * sin + imaginary[odd]! * cos;
        const [low, high] = [group * half + at, group * half + at + size / 2];
        nextReal[low] = real[even]! + re;
        nextImaginary[low] = imaginary[even]! + im;
        nextReal[high] = real[even]! - re;
        nextImaginary[high] = imaginary[even]! - im;
      }
    }
    [real, imaginary] = [nextReal, nextImaginary];
  }
  return Float32Array.from({ length: size / 2 }, (_, at) => real[at]! ** 2 + imaginary[at]! ** 2);
}
