import type { InputDescription } from '../feeds';
import type { SoundPreprocessing } from './mapping';

interface SuggestedSound {
  readonly sound: SoundPreprocessing;
  /** Continues a sentence. */
  readonly why: string;
}

/** The sample rate that most models of speech take. */
export const usualSampleRateHz = 16000;
/** 32 ms at 16 kHz: the window of speech detectors that carry state. */
const windowSamples = 512;

/** Suggests how sounds become an input of floats in [batch, samples], [batch, 1, samples] or [batch, samples, 1]; `undefined` for any other. */
export function suggestSound({ dtype, shape }: InputDescription, isRecurrent: boolean): SuggestedSound | undefined {
  const channels = shape?.length === 3 ? [1, 2].find((axis) => shape[axis] === 1) : undefined;
  const isMono = channels !== undefined || shape?.length === 2 || shape?.length === 1;
  if (!dtype.startsWith('float') || shape === null || !isMono) return undefined;
  const last = shape.at(channels === 2 ? 1 : -1);
  const isFixed = typeof last === 'number' && last > 0;
  const samples = isFixed ? last : isRecurrent ? windowSamples : usualSampleRateHz;
  const length = isFixed
    ? 'the length that the model needs'
    : isRecurrent
      ? 'the window of speech detectors'
      : 'one second';
  return {
    sound: { sampleRateHz: usualSampleRateHz, samples },
    why: `${samples} values at ${usualSampleRateHz} Hz, ${length}; check that the model was trained at this rate`,
  };
}
