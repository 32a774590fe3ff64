/** Reports unexpected costs of a step: a file that grew, and outputs that are no longer close. */
import { isHeldOut, readSamplesAt } from '../calibration/held-out';
import type { CalibrationData } from '../data/calibration-data';
import { formatBytes, formatCosine, formatCount, formatDecibels, formatPercent } from '../format';
import type { Inference } from '../inference';
import type { DataMatch } from '../metrics/evaluation';
import { distanceOf, leastAgreement } from '../metrics/match-distance';
import { formatRelativeError, leastCloseDb } from '../metrics/match-grade';
import { encodedBytes } from '../onnx/codec/encode-files';
import type { Model } from '../onnx/graph';
import { compareOutputs } from '../passes/compare-outputs';
import type { Pass, PassContext } from '../passes/pass';
import type { OptionValues } from '../passes/option-spec';

/** Fewer samples prove nothing. */
const fewestEvaluated = 4;
const mostEvaluated = 64;
/** The agreement below which users notice the loss. A classifier that tolerates 8 bits keeps 98 % of its predictions. */
const leastKept = 0.95;
/** The largest loss of cosine similarity of embeddings. Beyond it, a tenth or more of the nearest neighbors change. */
const mostCosineLoss = 0.01;

/**
 * Returns sentences about a step that loses precision (`Pass.losesPrecision`). They say that the file grew, or that
 * outputs on held-out samples are far from those before. The latter needs data and a runtime. Returns none if neither
 * is true. Rejects with the signal's reason once aborted; a model that cannot be run has no outputs to compare.
 */
export async function sentencesOfCost(
  { pass, options }: { readonly pass: Pass; readonly options: OptionValues },
  before: Model,
  after: Model,
  context: PassContext,
): Promise<readonly string[]> {
  if (pass.losesPrecision !== true || before === after) return [];
  const growth = sentenceOfGrowth(before, after);
  const { data, inference } = context;
  const match = data && inference && (await compareOnHeldOut({ before, after }, { ...context, data, inference }));
  const loss = match && sentenceOfLoss(match);
  const instead = pass.presentation.insteadTry?.(options);
  const advice = instead === undefined ? '' : ` Try ${instead}.`;
  return [...(growth ? [growth] : []), ...(loss ? [`${loss}${advice}`] : [])];
}

function sentenceOfGrowth(before: Model, after: Model): string | undefined {
  const [old, now] = [encodedBytes(before), encodedBytes(after)];
  if (now <= old) return undefined;
  return `The file grew from ${formatBytes(old)} to ${formatBytes(now)}: the new nodes take more bytes than the smaller numbers save.`;
}

/** `undefined` if there are too few samples, or a model that cannot be run. */
async function compareOnHeldOut(
  models: { readonly before: Model; readonly after: Model },
  context: PassContext & { readonly data: CalibrationData; readonly inference: Inference },
): Promise<DataMatch | undefined> {
  try {
    const samples = await readSamplesAt(context.data, isHeldOut, mostEvaluated);
    return samples.length < fewestEvaluated ? undefined : await compareOutputs({ ...models, samples }, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return undefined;
  }
}

function sentenceOfLoss({ samples, perOutput, sqnrDb }: DataMatch): string | undefined {
  const agreement = leastAgreement(perOutput);
  if (agreement !== undefined) {
    const { value: kept, unit } = agreement;
    if (kept >= leastKept) return undefined;
    if (unit === 'steps') {
      return `The prediction changed in ${formatPercent(1 - kept)} of the steps, on ${formatCount(samples)} samples.`;
    }
    const others = Math.round((1 - kept) * samples);
    if (others < 2) return undefined;
    return `The prediction changed for ${formatCount(others)} of ${formatCount(samples)} samples.`;
  }
  const { of, value } = distanceOf({ perOutput, sqnrDb });
  if (of === 'cosine') {
    if (!(value > mostCosineLoss) || !Number.isFinite(value)) return undefined;
    return `The outputs have a cosine of ${formatCosine(1 - value)} to those before this step, on ${formatCount(samples)} samples.`;
  }
  if (sqnrDb === null || sqnrDb >= leastCloseDb) return undefined;
  return `Output error ${formatRelativeError(sqnrDb)} (SQNR ${formatDecibels(sqnrDb)}) on ${formatCount(samples)} samples.`;
}
