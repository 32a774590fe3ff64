import { findEvaluation } from '../../../../engine/report/create-report';
import { gradeWords, matchFigure } from '../../../../engine/report/describe-match';
import type { ReportEvaluation } from '../../../../engine/report/evaluation-schema';
import { formatCounted, formatProvider } from '../../../../engine/format';
import { inputsPhrase } from '../../../../engine/report/headline';
import type { Report } from '../../../../engine/report/report-schema';
import { accuracyEvidence } from '../charts/accuracy-evidence';
import { matchEvidence } from '../charts/cell-evidence';
import { worstMatch } from '../charts/comparison-model';
import { Evidence } from '../Evidence';
import { Quantity } from '../Quantity';
import { Term } from '../Term';
import { VerdictChip } from '../VerdictChip';
import { toneOfMatch } from '../verdict-tone';
import { MetricTile } from './MetricTile';

const label = 'Output match';

/** How near the outputs are to the original's on WASM: the worst over everything that was measured. */
export function MatchMetric({ report, variantId }: { readonly report: Report; readonly variantId: string }) {
  const worst = worstMatch(report, variantId);
  const evaluation = findEvaluation(report, variantId);
  if (worst === undefined) {
    return evaluation?.match === undefined ? (
      <MetricTile label={label} value="not measured" empty />
    ) : (
      <MatchOnData report={report} evaluation={evaluation} match={evaluation.match} />
    );
  }
  const { outputMatch: match, ep } = worst;
  const basis = inputsPhrase(match);
  const tone = toneOfMatch(match);
  const value = match.valid ? (
    <Quantity text={matchFigure(match)} size="metric" />
  ) : (
    <VerdictChip verdict={tone ?? 'invalid'}>
      {gradeWords(match)} on {formatProvider(ep)}
    </VerdictChip>
  );
  const differs = match.valid && tone !== null;
  return (
    <MetricTile
      label={label}
      value={<Evidence {...matchEvidence(report, worst)}>{value}</Evidence>}
      chip={differs ? <VerdictChip verdict={tone}>{gradeWords(match)}</VerdictChip> : undefined}
      note={
        match.valid && evaluation === undefined ? (
          <>
            {basis}; <Term name="Accuracy">accuracy</Term> not measured
          </>
        ) : (
          (match.problem ?? basis)
        )
      }
    />
  );
}

interface MatchOnDataProps {
  readonly report: Report;
  readonly evaluation: ReportEvaluation;
  readonly match: NonNullable<ReportEvaluation['match']>;
}

/** Nothing was measured yet, but the outputs were compared on real data. */
function MatchOnData({ report, evaluation, match }: MatchOnDataProps) {
  const tone = toneOfMatch(match);
  const value = match.valid ? (
    <Quantity text={matchFigure(match)} size="metric" />
  ) : (
    <VerdictChip verdict="invalid">wrong on {formatProvider(evaluation.ep)}</VerdictChip>
  );
  return (
    <MetricTile
      label={label}
      value={<Evidence {...accuracyEvidence(report, evaluation)}>{value}</Evidence>}
      chip={match.valid && tone !== null ? <VerdictChip verdict={tone}>{gradeWords(match)}</VerdictChip> : undefined}
      note={formatCounted(evaluation.samples, 'sample')}
    />
  );
}
