import { ParetoError } from '../../errors';
import type { Sound } from '../dataset';
import type { SoundPreprocessing } from '../mapping/mapping';
import { resampleSound } from './resample-sound';

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
