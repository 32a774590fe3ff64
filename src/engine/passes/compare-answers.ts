/** What a pass cost, seen at once: how often a model that it made answers as the original, on samples that nothing was fitted to. */
import type { Feeds } from '../data/feeds';
import { formatCount, formatPercent } from '../format';
import { runOnEach, type Inference } from '../inference';
import { DataComparison } from '../metrics/data-match';
import type { Model } from '../onnx/graph';

/** Below, a person is told to look before the model is used. */
const leastAgreement = 0.97;
const leastSqnrDb = 20;
/** What stands for outputs of other shapes, or that are no numbers. */
const incomparableDb = -300;

interface ComparedModels {
  readonly original: Model;
  readonly variant: Model;
  /** One sample each. */
  readonly samples: readonly Feeds[];
}

/**
 * A sentence with the share of samples of which the largest element of an output is the same, of outputs that are scores of classes;
 * with the SQNR of all outputs where none is. Ends with a warning where little is the same. Rejects as the inference does.
 */
export async function compareAnswers(
  { original, variant, samples }: ComparedModels,
  inference: Inference,
  signal: AbortSignal,
): Promise<string> {
  const expected = await runOnEach(inference, signal, original, samples);
  const found = await runOnEach(inference, signal, variant, samples);
  const comparison = new DataComparison();
  expected.forEach((outputs, sample) => comparison.add(outputs, found[sample]!, 1));
  const { perOutput, sqnrDb } = comparison.result();
  const agreements = perOutput.flatMap(({ agreement }) => agreement?.value ?? []);
  const where = `on ${formatCount(samples.length)} samples that nothing was fitted to`;
  if (agreements.length > 0) {
    const least = Math.min(...agreements);
    return `It gives the original’s answer in ${formatPercent(least)} of cases, ${where}.${warningIf(least < leastAgreement)}`;
  }
  if (sqnrDb === null || sqnrDb <= incomparableDb)
    return `Its answers cannot be compared with the original’s, ${where}.${warningIf(true)}`;
  return `Its outputs have an SQNR of ${sqnrDb.toFixed(1)} dB, ${where}.${warningIf(sqnrDb < leastSqnrDb)}`;
}

function warningIf(isDoubtful: boolean): string {
  return isDoubtful ? ' Judge it on labelled data before you use it.' : '';
}
