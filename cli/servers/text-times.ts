/** Batch times for a load of equal inputs, or of texts of several lengths. */
import { freeDimensionKey } from '../../src/engine/data/free-dimensions';
import type { InputDescription } from '../../src/engine/data/feeds';
import { ParetoError } from '../../src/engine/errors';
import { paddableInputs } from '../../src/engine/serving/length-padding';
import { measuredServiceTimes, type BatchTimes, type ServiceTimes } from '../../src/engine/serving/service-times';
import { textServiceTimes, type LengthShare, type TextLengths } from '../../src/engine/serving/text-lengths';
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
  /** The times of batches; for texts those of the shortest length. */
  readonly measured: MeasuredBatches;
  readonly service: ServiceTimes;
  readonly lengths?: TextLengths;
}

/** Throws `simulate/lengths` if the load has lengths, but the model has no texts or the measured server no times by length. */
export async function timesOfLoad(times: ServerTimes, load: Load): Promise<TimesOfLoad> {
  const { threads, shares } = load;
  const { maxBatch } = load.policy;
  if (shares === undefined) {
    const measured = await times.of(threads, maxBatch);
    return { measured, service: measuredServiceTimes(measured.times) };
  }
  const server = await times.measuredServer();
  if (server !== null) return timesOfServer(await times.of(threads, maxBatch), server.timesByLength, shares);
  return timesHere(times, { ...load, shares });
}

function timesOfServer(
  measured: MeasuredBatches,
  byLength: ReadonlyMap<number, readonly BatchTimes[]>,
  shares: readonly LengthShare[],
): TimesOfLoad {
  if (byLength.size === 0) {
    throw new ParetoError(
      'simulate/lengths',
      'The measured server pads no texts, so it has no times by length. Leave out --lengths or --times.',
    );
  }
  return { measured, service: textServiceTimes(byLength), lengths: { shares, isPadded: true } };
}

const mostTimed = 4;

async function timesHere(
  times: ServerTimes,
  { threads, policy: { maxBatch }, shares, inputs }: Load & { readonly shares: readonly LengthShare[] },
): Promise<TimesOfLoad> {
  if (paddableInputs(inputs) === null) {
    throw new ParetoError(
      'simulate/lengths',
      'The model has no token ids with a mask, so --lengths does not apply to it.',
    );
  }
  const timed = new Map<number, MeasuredBatches>();
  for (const length of lengthsToTime(shares)) {
    const dimensions = Object.fromEntries(inputs.map((input) => [freeDimensionKey(input, 1)!, length]));
    timed.set(length, await times.of(threads, maxBatch, dimensions));
  }
  const [measured] = timed.values();
  return {
    measured: measured!,
    service: textServiceTimes(new Map([...timed].map(([length, found]) => [length, found.times]))),
    lengths: { shares, isPadded: (measured!.padding?.padding ?? null) !== null },
  };
}

/** The shortest, the longest, and two between them. */
function lengthsToTime(shares: readonly LengthShare[]): readonly number[] {
  const sorted = [...new Set(shares.map(({ length }) => length))].toSorted((a, b) => a - b);
  if (sorted.length <= mostTimed) return sorted;
  const places = Array.from({ length: mostTimed }, (_, index) =>
    Math.round((index * (sorted.length - 1)) / (mostTimed - 1)),
  );
  return places.map((place) => sorted[place]!);
}
