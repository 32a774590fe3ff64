/** Batch times for a load of equal inputs, or of texts of several lengths. */
import type { InputDescription } from '../../src/engine/data/feeds';
import { ParetoError } from '../../src/engine/errors';
import { textDimensions } from '../../src/engine/serving/length-padding';
import { lengthsToTime, type LengthShare, type TextLengths } from '../../src/engine/serving/text-lengths';
import type { MeasuredBatches } from '../../src/runtime/serving/measure-batches';
import type { ServerTimes } from './server-times';

interface Load {
  readonly threads: number;
  readonly policy: { readonly maxBatch: number };
  /** Absent: all inputs are of the same size. */
  readonly shares?: readonly LengthShare[];
  readonly inputs: readonly InputDescription[];
}

export interface TimesOfLoad {
  /** Texts only if the load has lengths. */
  readonly measured: MeasuredBatches;
  /** `timed`: the lengths that were measured. */
  readonly lengths?: TextLengths & { readonly timed: readonly number[] };
}

/** Throws `simulate/lengths` if the load has lengths, but the model has no texts or the measured server no times by length. */
export async function timesOfLoad(times: ServerTimes, load: Load): Promise<TimesOfLoad> {
  const { threads, shares, inputs } = load;
  const { maxBatch } = load.policy;
  if (shares === undefined) {
    const { texts: _texts, ...measured } = await times.of(threads, maxBatch);
    return { measured };
  }
  const dimensions = textDimensions(inputs);
  if (dimensions === null) {
    throw new ParetoError(
      'simulate/lengths',
      'The model has no token ids with a mask, so --lengths does not apply to it.',
    );
  }
  const measured = await times.of(threads, maxBatch, { lengths: lengthsToTime(shares), dimensions });
  if (measured.texts === undefined) {
    throw new ParetoError(
      'simulate/lengths',
      'The measured server pads no texts, so it has no times by length. Leave out --lengths or --times.',
    );
  }
  const { isPadded, byLength } = measured.texts;
  return { measured, lengths: { shares, isPadded, timed: byLength.map(({ length }) => length) } };
}
