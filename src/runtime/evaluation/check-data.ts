/** A quick check of data before any work: whether its labels fit the model, and whether other preprocessing fits better. */
import type { ReadContext } from '../../engine/data/dataset';
import { hasScoredLabels } from '../../engine/data/mapping/evaluation-problem';
import { scalableInputs } from '../../engine/data/mapping/scalable-inputs';
import { formatDuration } from '../../engine/format';
import type { AccuracyWarning } from '../../engine/metrics/evaluation';
import { sharedSession, type SessionHost } from '../session/session-host';
import { evaluateAsMapped, withProbe } from './evaluate-models';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import { fewestProbed, probedSamples, type ProbeLimits } from './probe-preprocessing';
import { RememberedOriginal } from './remembered-original';

export interface DataCheck {
  /** Samples that the original was run on. 0: there are no labels, or the check was skipped. */
  readonly samples: number;
  /** Why the check was skipped, in a sentence. Absent: it was not. */
  readonly skipped?: string;
  /** The time that a skipped check needs. */
  readonly neededMs?: number;
  /** Reasons why the labels may not fit, with mappings that fit better. Empty: nothing was found. */
  readonly warnings: readonly AccuracyWarning[];
}

const mostSamples = 64;
/** Every scaling is tried on so many: the least suits the fewest samples that allow a proposal, the most all samples. */
const [leastFirst, mostFirst] = [8, 24];
/** Scalings beside the mapping's own, with red and blue swapped for the best. */
const triedScalings = 7;
/** The first runs measure how long a sample takes. */
const timedSamples = 4;
/** A model that is too slow for so many is not checked. */
const fewestSamples = 10;

/**
 * Runs the original on up to 64 labeled samples, and warns like an evaluation. Warnings concern more classes than
 * outputs, another order of classes, answers no better than guessing, and preprocessing that fits clearly better.
 * Samples outside the split are preferred. It takes about `mostMs`. A slow model runs on fewer samples, but for up to
 * twice the time on 30, because fewer show little. A very slow one runs only on the first four, and the check is
 * skipped. Rejects as `evaluateModels` does.
 */
export async function checkData(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
  mostMs = 5_000,
): Promise<DataCheck> {
  if (!hasScoredLabels(request.mapping)) return { samples: 0, warnings: [] };
  const startedAt = performance.now();
  const leftMs = (): number => mostMs - (performance.now() - startedAt);
  const chosen = probedSamples(request, { most: mostSamples, first: mostFirst });
  const shared = sharedSession(host);
  const models = request.models.slice(0, 1);
  // No sample runs twice with the same inputs, so a slow model has time for enough of them. Batches would be other inputs.
  const { sessions } = new RememberedOriginal(shared.host, models[0]!.files);
  const asked = { ...request, models, batch: 1 };
  const run = (indices: readonly number[]) =>
    evaluateAsMapped(context, sessions, { ...asked, indices: inOrder(indices) }, () => undefined);
  try {
    const [first] = await run(chosen.slice(0, timedSamples));
    const msPerSample = Math.max(1e-3, first!.runMs / Math.max(1, first!.samples));
    const runs = Math.floor(leftMs() / msPerSample);
    const isScalable = scalableInputs(request.mapping, request.dataset.description).length > 0;
    const limits = isScalable ? probeWithin(runs + timedSamples, chosen.length) : undefined;
    const isLate = (fewestProbed - timedSamples) * msPerSample > leftMs() + mostMs;
    const count = limits?.most ?? Math.min(chosen.length, Math.max(timedSamples + runs, isLate ? 0 : fewestProbed));
    if (count < Math.min(fewestSamples, chosen.length)) {
      const skipped = `The labels were not checked: the model takes ${formatDuration(msPerSample)} per sample.`;
      const neededRuns = isScalable ? 2 * fewestProbed + triedScalings * leastFirst : fewestProbed;
      return { samples: 0, skipped, neededMs: neededRuns * msPerSample, warnings: [] };
    }
    const evaluations = await run(chosen.slice(0, count));
    const evaluated =
      limits === undefined
        ? evaluations
        : await withProbe(context, sessions, asked, { evaluations, mostSeconds: Infinity, limits });
    return { samples: count, warnings: evaluated[0]!.accuracy?.warnings ?? [] };
  } finally {
    shared.close();
  }
}

/**
 * The samples for a check with other scalings that takes at most so many runs, of which it remembers all: those with the
 * mapping's own scaling, and with each other one on the first of them, and with the best on all. `undefined`: too few.
 */
function probeWithin(runs: number, available: number): ProbeLimits | undefined {
  for (let most = Math.min(mostSamples, available); most >= fewestProbed; most--) {
    const share = (most - fewestProbed) / (mostSamples - fewestProbed);
    const first = Math.ceil(leastFirst + share * (mostFirst - leastFirst));
    if (2 * most + triedScalings * first <= runs) return { most, first };
  }
  return undefined;
}

function inOrder(indices: readonly number[]): readonly number[] {
  return indices.toSorted((a, b) => a - b);
}
