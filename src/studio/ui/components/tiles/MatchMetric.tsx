import { findEvaluation } from '../../../../engine/report/create-report';
import { gradeWords, matchFigure } from '../../../../engine/report/describe-match';
import { formatProvider } from '../../../../engine/report/format';
import { inputsPhrase } from '../../../../engine/report/headline';
import type { Report } from '../../../../engine/report/report-schema';
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
  if (worst === undefined) return <MetricTile label={label} value="not measured" empty />;
  const { outputMatch: match, ep } = worst;
  const basis = inputsPhrase(match);
  const value = match.valid ? (
    <Quantity text={matchFigure(match)} size="metric" />
  ) : (
    <VerdictChip verdict="invalid">wrong on {formatProvider(ep)}</VerdictChip>
  );
  const tone = toneOfMatch(match);
  const differs = match.valid && tone !== null;
  return (
    <MetricTile
      label={label}
      value={<Evidence {...matchEvidence(report, worst)}>{value}</Evidence>}
      chip={differs ? <VerdictChip verdict={tone}>{gradeWords(match)}</VerdictChip> : undefined}
      note={
        match.valid && findEvaluation(report, variantId) === undefined ? (
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
