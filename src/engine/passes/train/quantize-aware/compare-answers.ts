/** The loss of a pass: the share of answers that equal those of the original, on held-out samples. */
import { capitalize, formatCount, formatPercent } from '../../../format';
import { describeDistance, distanceOf, leastAgreement } from '../../../metrics/match-distance';
import { leastCloseDb } from '../../../metrics/match-grade';
import { compareOutputs } from '../../compare-outputs';

/** The limit below which a warning asks to check the model before use. */
const leastKept = 0.97;
const mostCosineLoss = 0.01;
/** The SQNR for outputs of other shapes, and for NaN. */
const incomparableDb = -300;

/**
 * Describes in a sentence how close the outputs are. For class scores it is the share of samples with the same largest
 * element, and for sequences the share of steps. Without class scores it is the cosine of embeddings, and without embeddings the SQNR of all outputs. The
 * sentence ends with a warning if little is the same. Rejects as `compareOutputs` does.
 */
export async function compareAnswers(...[models, context]: Parameters<typeof compareOutputs>): Promise<string> {
  const match = await compareOutputs(models, context);
  if (match === undefined) return `Its outputs cannot be compared with the original’s.${warningIf(true)}`;
  const { perOutput, sqnrDb, samples } = match;
  const least = leastAgreement(perOutput);
  const where = `on ${formatCount(samples)} held-out samples`;
  if (least !== undefined) {
    const cases = least.unit === 'steps' ? 'the steps' : 'cases';
    return `It agrees with the original in ${formatPercent(least.value)} of ${cases}, ${where}.${warningIf(least.value < leastKept)}`;
  }
  const distance = distanceOf(match);
  if (distance.of === 'cosine' && Number.isFinite(distance.value)) {
    const described = describeDistance(distance);
    return `${capitalize(described)}, ${where}.${warningIf(distance.value > mostCosineLoss)}`;
  }
  if (sqnrDb === null || sqnrDb <= incomparableDb)
    return `Its outputs cannot be compared with the original’s, ${where}.${warningIf(true)}`;
  return `Output SQNR ${sqnrDb.toFixed(1)} dB, ${where}.${warningIf(sqnrDb < leastCloseDb)}`;
}

function warningIf(isDoubtful: boolean): string {
  return isDoubtful ? ' Evaluate it on labeled data before you use it.' : '';
}
