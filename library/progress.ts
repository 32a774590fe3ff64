/** The options of every call, and one fraction for all of its work. */
import { ParetoError } from '../src/engine/errors';
import type { Progress } from '../src/engine/progress';
import type { RecipeProgress } from '../src/engine/recipe/pipeline';
import type { CallOptions } from './types';

export interface Following {
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/** The part of the remaining work that one round may fill. More rounds follow if a goal tries a safer recipe. */
const roundShare = 0.95;

/** Runs a call with its signal and one rising share of progress, which is 1 at the end. `options` may be anything. Rejects with `options/invalid`. */
export async function followed<Value>(
  options: CallOptions | null | undefined,
  run: (following: Following) => Promise<Value>,
): Promise<Value> {
  const { signal = new AbortController().signal, onProgress } = options ?? {};
  // Test environments have signals of their own.
  if (typeof (signal as AbortSignal | null)?.throwIfAborted !== 'function') {
    throw new ParetoError(
      'options/invalid',
      'signal must be an AbortSignal, such as the signal of an AbortController.',
    );
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new ParetoError('options/invalid', 'onProgress must be a function.');
  }
  signal.throwIfAborted();
  const shareOf = createShare();
  const value = await run({
    signal,
    onProgress: (progress) => onProgress?.({ ...progress, share: shareOf(progress) }),
  });
  onProgress?.({ stage: 'Done', done: 1, total: 1, share: 1 });
  return value;
}

/** A share from 0 to 1 that never falls. When the work starts again, the next round fills the share that is left. */
function createShare(): (progress: Progress) => number {
  let [base, within, share] = [0, 0, 0];
  return (progress) => {
    const next = shareWithin(progress);
    if (next < within) base = share;
    within = next;
    share = Math.max(share, base + (1 - base) * roundShare * next);
    return share;
  };
}

function shareWithin({ done, total, ...place }: Progress | RecipeProgress): number {
  const ofStage = total === 0 ? 1 : done / total;
  if (!('passIndex' in place)) return ofStage;
  // The written model is short work after the passes.
  return (place.passIndex + ofStage) / (place.passCount + 1);
}
