import { ParetoError } from '../../errors';
import type { Sound } from '../dataset';
import type { SoundPreprocessing } from '../mapping/mapping';

/**
 * Windowed-sinc interpolation with the constants of `librosa.resample(res_type="kaiser_best")` and of torchaudio's
 * `sinc_interp_kaiser`. They are 64 zero crossings, a cut-off at 0.9475937167399596 of the lower half rate, and a
 * Kaiser window with β = 14.769656459379492.
 */
const zeroCrossings = 64;
const rollOff = 0.9475937167399596;
const beta = 14.769656459379492;

/** Filters kept at once, in values: rates without a common divisor would need one filter for every output. */
const maximumFilterValues = 4_000_000;

/**
 * Resamples a sound to another sample rate by band-limited interpolation. The result has ⌈length × new ÷ old⌉ values in
 * float32, the first at the same moment as in the original. Frequencies above the lower of the two half rates are
 * removed, and outside of the sound is silence. The method is torchaudio's `resample(..., lowpass_filter_width=64,
 * rolloff=0.9475937, resampling_method="sinc_interp_kaiser", beta=14.7696565)`, summed in float64.
 */
export function resampleSound(sound: Sound, sampleRateHz: number): Sound {
  if (sound.sampleRateHz === sampleRateHz) return sound;
  const divisor = greatestCommonDivisor(sound.sampleRateHz, sampleRateHz);
  const from = sound.sampleRateHz / divisor;
  const to = sampleRateHz / divisor;
  const length = Math.ceil((sound.values.length * to) / from);
  const values = new Float32Array(length);
  const filters = createFilters(from, to);
  for (let index = 0; index < length; index++) {
    // The output lies `phase ÷ to` input values behind the input value `center`.
    const center = Math.floor((index * from) / to);
    const phase = index * from - center * to;
    const filter = filters.of(phase);
    const first = Math.max(0, filters.reach - center);
    const end = Math.min(filter.length, sound.values.length - center + filters.reach);
    const start = center - filters.reach;
    let sum = 0;
    for (let tap = first; tap < end; tap++) sum += filter[tap]! * sound.values[start + tap]!;
    values[index] = sum;
  }
  return { sampleRateHz, values };
}

interface Filters {
  /** Input values that a filter takes before the one at its center. */
  readonly reach: number;
  of(phase: number): Float64Array;
}

function createFilters(from: number, to: number): Filters {
  const cutOff = Math.min(from, to) * rollOff;
  const reach = Math.ceil((zeroCrossings * from) / cutOff);
  const taps = 2 * reach + 2;
  const known = new Map<number, Float64Array>();
  return {
    reach,
    of(phase) {
      const filter = known.get(phase) ?? createFilter(phase, { from, to, cutOff, reach, taps });
      if (known.size * taps < maximumFilterValues) known.set(phase, filter);
      return filter;
    },
  };
}

function createFilter(
  phase: number,
  { from, to, cutOff, reach, taps }: { from: number; to: number; cutOff: number; reach: number; taps: number },
): Float64Array {
  const scale = cutOff / from;
  return Float64Array.from({ length: taps }, (_, tap) => {
    // The distance is in zero crossings of the sinc, from the moment of the output.
    const distance = ((tap - reach) / from - phase / (to * from)) * cutOff;
    return Math.abs(distance) >= zeroCrossings ? 0 : scale * sinc(distance) * kaiser(distance / zeroCrossings);
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser's window on −1 to 1. */
function kaiser(x: number): number {
  return besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);
}

/** The modified Bessel function of order zero, by its power series. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let index = 1; term > sum * 1e-17; index++) {
    term *= quarter / (index * index);
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Rates that sound is recorded at, with room on both sides. */
const rates = { lowest: 100, highest: 1_000_000 };
/** Over 20 minutes at 48 kHz: more in one run is a mistake. */
const maximumSamples = 2 ** 26;

/**
 * Resamples a sound to the model's rate and cuts it into windows of `samples` values, one after the other without
 * overlap. The last one is filled up with zeros. A sound without a single value gives one window of zeros. Throws
 * `data/preprocessing` for invalid options.
 */
export function cutIntoWindows(sound: Sound, { sampleRateHz, samples }: SoundPreprocessing): readonly Float32Array[] {
  if (!(Number.isInteger(samples) && samples >= 1 && samples <= maximumSamples)) {
    throw new ParetoError('data/preprocessing', `A sound cannot be cut into windows of ${samples} values.`);
  }
  if (!(Number.isInteger(sampleRateHz) && sampleRateHz >= rates.lowest && sampleRateHz <= rates.highest)) {
    throw new ParetoError('data/preprocessing', `A sound cannot be fed at ${sampleRateHz} values per second.`);
  }
  const { values } = resampleSound(sound, sampleRateHz);
  const windows: Float32Array[] = [];
  for (let start = 0; start === 0 || start < values.length; start += samples) {
    const window = new Float32Array(samples);
    window.set(values.subarray(start, start + samples));
    windows.push(window);
  }
  return windows;
}
