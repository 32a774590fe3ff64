import type { ReportEvaluation } from './evaluation-schema';
import { formatCount } from '../format';
import type { Report } from './report-schema';

/**
 * The use of the samples of the data: `124 of 163 evaluated, 7 skipped because they could not be read or used, 32 set
 * aside, seed 1`. Skipped samples could not be read or fed, or their label is unusable. Without an evaluation, the
 * sentence counts the samples that the split leaves for one.
 */
export function describeEvaluatedSamples(
  { samples, split }: Pick<NonNullable<Report['evaluationData']>, 'samples' | 'split'>,
  evaluation: Pick<ReportEvaluation, 'samples' | 'skipped'> | undefined,
): string {
  const setAside = Math.min(split.calibration, samples);
  const left = samples - setAside;
  const evaluated = evaluation?.samples ?? Math.min(left, split.evaluation ?? left);
  const skipped = evaluation?.skipped ?? 0;
  const isDrawn = setAside > 0 || split.evaluation !== null;
  return [
    evaluated === samples
      ? `all ${formatCount(samples)} evaluated`
      : `${formatCount(evaluated)} of ${formatCount(samples)} evaluated`,
    ...(skipped === 0
      ? []
      : [`${formatCount(skipped)} skipped because ${skipped === 1 ? 'it' : 'they'} could not be read or used`]),
    ...(setAside === 0 ? [] : [`${formatCount(setAside)} held out`]),
    ...(isDrawn ? [`seed ${split.seed}`] : []),
  ].join(', ');
}
