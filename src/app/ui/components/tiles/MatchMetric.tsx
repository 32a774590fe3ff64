import { findEvaluation, findSearched, withCountOfReport } from '../../../../engine/report/find-in-report';
import { errorFigure, gradeWords } from '../../../../engine/report/describe-match';
import { formatProvider } from '../../../../engine/format';
import { inputsPhrase } from '../../../../engine/report/headline';
import type { Report } from '../../../../engine/report/report-schema';
import { reportedLoss } from '../../../../engine/search/candidate';
import { standingMatch } from '../../../../engine/report/standing-match';
import { standingEvidence } from '../charts/match-evidence';
import { Evidence } from '../Evidence';
import { Quantity } from '../Quantity';
import { Term } from '../Term';
import { VerdictChip } from '../VerdictChip';
import { toneOfMatch } from '../verdict-tone';
import { MetricTile } from './MetricTile';

const label = 'Output error';

/**
 * Shows the match of the outputs with the original's: on real data if there is some, else the worst over all measured
 * cells.
 */
export function MatchMetric({ report, variantId }: { readonly report: Report; readonly variantId: string }) {
  const standing = standingMatch(report, variantId);
  if (standing === undefined) return <MetricTile label={label} value="not measured" empty />;
  const { outputMatch: match, ep, cell } = standing;
  const basis = inputsPhrase(cell === undefined ? match : withCountOfReport(report, cell).outputMatch);
  const tone = toneOfMatch(match);
  const value = match.valid ? (
    <Quantity text={errorFigure(match)} size="metric" />
  ) : (
    <VerdictChip verdict={tone ?? 'invalid'}>
      {gradeWords(match)} on {formatProvider(ep)}
    </VerdictChip>
  );
  const evidence = standingEvidence(report, variantId, standing);
  return (
    <MetricTile
      label={label}
      value={evidence === null ? value : <Evidence {...evidence}>{value}</Evidence>}
      chip={match.valid && tone !== null ? <VerdictChip verdict={tone}>{gradeWords(match)}</VerdictChip> : undefined}
      note={
        match.valid && !isAccuracyKnown(report, variantId) ? (
          <>
            {basis}; <Term name="Accuracy">accuracy</Term> unknown
          </>
        ) : (
          (match.problem ?? basis)
        )
      }
    />
  );
}

function isAccuracyKnown(report: Report, variantId: string): boolean {
  const searched = findSearched(report, variantId);
  const lost = searched && reportedLoss(searched);
  return lost?.of === 'accuracy' || findEvaluation(report, variantId) !== undefined;
}
