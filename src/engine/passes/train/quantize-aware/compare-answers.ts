/** What a pass cost, seen at once: how often a model that it made answers as the original, on samples that nothing was fitted to. */
import { formatCount, formatPercent } from '../../../format';
import { leastCloseDb } from '../../../metrics/match-grade';
import { compareOutputs } from '../../compare-outputs';

/** Below, a person is told to look before the model is used. */
const leastAgreement = 0.97;
/** What stands for outputs of other shapes, or that are no numbers. */
const incomparableDb = -300;

/**
 * A sentence with the share of samples of which the largest element of an output is the same, of outputs that are scores of classes;
 * with the SQNR of all outputs where none is. Ends with a warning where little is the same. Rejects as `compareOutputs` does.
 */
export async function compareAnswers(...[models, context]: Parameters<typeof compareOutputs>): Promise<string> {
  const match = await compareOutputs(models, context);
  if (match === undefined) return `Its answers cannot be compared with the original’s.${warningIf(true)}`;
  const { perOutput, sqnrDb, samples } = match;
  const agreements = perOutput.flatMap(({ agreement }) => agreement?.value ?? []);
  const where = `on ${formatCount(samples)} samples that nothing was fitted to`;
  if (agreements.length > 0) {
    const least = Math.min(...agreements);
    return `It gives the original’s answer in ${formatPercent(least)} of cases, ${where}.${warningIf(least < leastAgreement)}`;
  }
  if (sqnrDb === null || sqnrDb <= incomparableDb)
    return `Its answers cannot be compared with the original’s, ${where}.${warningIf(true)}`;
  return `Its outputs have an SQNR of ${sqnrDb.toFixed(1)} dB, ${where}.${warningIf(sqnrDb < leastCloseDb)}`;
}

function warningIf(isDoubtful: boolean): string {
  return isDoubtful ? ' Judge it on labelled data before you use it.' : '';
}
