/** Facts for people about how an output match was measured. */
import { matchFigure } from '../../../../engine/report/describe-match';
import { describeEvaluatedSamples } from '../../../../engine/report/describe-evaluated-samples';
import type { ReportEvaluation } from '../../../../engine/report/evaluation-schema';
import { findEvaluation } from '../../../../engine/report/find-in-report';
import type { standingMatch } from '../../../../engine/report/standing-match';
import { formatCosine, formatCount, formatCounted, formatProvider, formatScientific } from '../../../../engine/format';
import type { Report, ReportCell } from '../../../../engine/report/report-schema';
import {
  describeDevice,
  describeInputs,
  describeThreads,
  formatMoment,
  measuringFacts,
  type CellEvidence,
} from './cell-evidence';

/** The evidence of the match that stands for a variant. */
export function standingEvidence(
  report: Report,
  variantId: string,
  { cell, outputMatch }: NonNullable<ReturnType<typeof standingMatch>>,
): CellEvidence | null {
  if (cell !== undefined) return matchEvidence(report, cell);
  const evaluation = findEvaluation(report, variantId);
  return evaluation === undefined ? null : dataMatchEvidence(report, evaluation, matchFigure(outputMatch));
}

function dataMatchEvidence(report: Report, evaluation: ReportEvaluation, figure: string): CellEvidence {
  const data = report.evaluationData;
  return {
    title: `Output match on data, on ${formatProvider(evaluation.ep)}`,
    method: 'Each output is compared with that of the original on WASM for the same samples; the worst output counts.',
    facts: [
      ['SQNR', figure],
      ['Data', data?.name ?? 'unknown'],
      ['Samples', data === undefined ? formatCount(evaluation.samples) : describeEvaluatedSamples(data, evaluation)],
      ['Against', 'the original on WASM, same samples'],
      ['Provider', `${formatProvider(evaluation.ep)}, ${describeThreads(evaluation.threads)}`],
      ...(evaluation.evaluatedAt === undefined ? [] : [['When', formatMoment(evaluation.evaluatedAt)] as const]),
      ['Device', describeDevice(report.device)],
    ],
  };
}

/** Texts have none. */
function numberFacts({ maxAbs, cosine }: ReportCell['outputMatch']): CellEvidence['facts'] {
  if (maxAbs === null || cosine === null) return [];
  return [
    ['Largest error', formatScientific(maxAbs)],
    ['Cosine', formatCosine(cosine)],
  ];
}

function matchEvidence(report: Report, cell: ReportCell): CellEvidence {
  const { outputMatch } = cell;
  const figure = matchFigure(outputMatch);
  return {
    title: `Output match on ${formatProvider(cell.ep)}`,
    method:
      outputMatch.problem ??
      'Each output is compared with that of the original on WASM for the same inputs; the worst output counts.',
    facts: [
      outputMatch.sqnrDb === null ? ['Agreement', figure] : ['SQNR', figure],
      ...numberFacts(outputMatch),
      ['Worst of', formatCounted(outputMatch.outputs.length, 'output')],
      ['Inputs', describeInputs(report, cell)],
      ['Against', 'the original on WASM, same inputs'],
      ...measuringFacts(report, cell),
    ],
  };
}
