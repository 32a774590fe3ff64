/** A quick check of data before any work: whether its labels fit the model, and whether other preprocessing fits better. */
import type { ReadContext } from '../../engine/data/dataset';
import { hasScoredLabels } from '../../engine/data/mapping/evaluation-problem';
import { formatDuration } from '../../engine/format';
import type { AccuracyWarning } from '../../engine/metrics/evaluation';
import { sharedSession, type SessionHost } from '../session/session-host';
import { evaluateAsMapped, withProbe } from './evaluate-models';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import { fewestProbed, probedSamples } from './probe-preprocessing';

export interface DataCheck {
  /** Samples that the original was run on. 0: there are no labels, or the check was skipped. */
  readonly samples: number;
  /** Why the check was skipped, in a sentence. Absent: it was not. */
  readonly skipped?: string;
  /** Reasons why the labels may not fit, with mappings that fit better. Empty: nothing was found. */
  readonly warnings: readonly AccuracyWarning[];
}

const mostSamples = 64;
/** Every scaling is tried on so many. */
const firstSamples = 24;
/** The first runs measure how long a sample takes. */
const timedSamples = 4;
/** A model that is too slow for so many is not checked. */
const fewestSamples = 10;
/** Runs of each sample while scalings are tried: seven on the first samples, two on all. */
const runsPerSample = (7 * firstSamples) / mostSamples + 2;

/**
 * Runs the original on up to 64 labeled samples, and warns like an evaluation. Warnings concern more classes than
 * outputs, another order of classes, answers no better than guessing, and preprocessing that fits clearly better.
 * Samples outside the split are preferred. It takes about `mostMs`. A slow model runs on fewer samples. A very slow one
 * runs only on the first four, and the check is skipped. Rejects as `evaluateModels` does.
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
  const chosen = probedSamples(request, { most: mostSamples, first: firstSamples });
  const shared = sharedSession(host);
  const models = request.models.slice(0, 1);
  const run = (indices: readonly number[]) =>
    evaluateAsMapped(context, shared.host, { ...request, models, indices: inOrder(indices) }, () => undefined);
  try {
    const [first] = await run(chosen.slice(0, timedSamples));
    const msPerSample = first!.runMs / Math.max(1, first!.samples);
    const affordable = (runs: number): number => Math.floor(leftMs() / (msPerSample * runs));
    const count = Math.min(chosen.length, affordable(1));
    if (count < Math.min(fewestSamples, chosen.length)) {
      const skipped = `The labels were not checked: the model takes ${formatDuration(msPerSample)} per sample.`;
      return { samples: 0, skipped, warnings: [] };
    }
    const evaluations = await run(chosen.slice(0, count));
    const probed = Math.min(count, affordable(runsPerSample));
    const limits = { most: probed, first: Math.ceil((probed * firstSamples) / mostSamples) };
    const evaluated =
      probed < fewestProbed
        ? evaluations
        : await withProbe(context, shared.host, { ...request, models }, { evaluations, mostSeconds: Infinity, limits });
    return { samples: count, warnings: evaluated[0]!.accuracy?.warnings ?? [] };
  } finally {
    shared.close();
  }
}

function inOrder(indices: readonly number[]): readonly number[] {
  return indices.toSorted((a, b) => a - b);
}
