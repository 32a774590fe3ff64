/** Speedups that recipes reached on this device, in localStorage. A goal shows them before it runs on the next model. */
import * as v from 'valibot';

export const speedupsKey = 'pareto.speedups';
/** The latest are kept. */
const mostSpeedups = 64;

const keptSchema = v.array(
  v.object({
    /** Recipe, kind of model, provider and device. */
    of: v.string(),
    /** The model: a new measurement of it replaces the earlier one. */
    model: v.string(),
    ratio: v.pipe(v.number(), v.finite(), v.minValue(Number.MIN_VALUE)),
  }),
);

export type KeptSpeedup = v.InferOutput<typeof keptSchema>[number];

type TextStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** Returns all that are kept; none if storage is switched off or contains something else. */
export function readSpeedups(storage: TextStorage = localStorage): readonly KeptSpeedup[] {
  try {
    return v.parse(keptSchema, JSON.parse(storage.getItem(speedupsKey) ?? '[]'));
  } catch {
    return [];
  }
}

export function keepSpeedup(speedup: KeptSpeedup, storage: TextStorage = localStorage): void {
  const others = readSpeedups(storage).filter(({ of, model }) => of !== speedup.of || model !== speedup.model);
  try {
    storage.setItem(speedupsKey, JSON.stringify([...others, speedup].slice(-mostSpeedups)));
  } catch {
    // Full or switched off: the next goal shows an estimate.
  }
}
