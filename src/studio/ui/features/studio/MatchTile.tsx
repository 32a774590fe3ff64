import { formatDecibels, formatProvider } from '../../../../engine/report/format';
import type { ReportCell } from '../../../../engine/report/report-schema';
import { useWorkspace } from '../../../state/use-stores';
import { reportOfWorkspace } from '../../../state/workspace-report';
import { matchEvidence } from '../../components/charts/cell-evidence';
import { Evidence } from '../../components/Evidence';
import { Quantity } from '../../components/Quantity';
import { VerdictChip } from '../../components/VerdictChip';
import { MetricTile } from './MetricTile';

const label = 'Output match';

function worstOf(cells: readonly ReportCell[]): ReportCell | undefined {
  const byQuality = cells.toSorted((a, b) => {
    if (a.outputMatch.valid !== b.outputMatch.valid) return a.outputMatch.valid ? 1 : -1;
    return a.outputMatch.sqnrDb - b.outputMatch.sqnrDb;
  });
  return byQuality[0];
}

/** How near the outputs are to the original's on WASM: the worst over everything that was measured. */
export function MatchTile() {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  const worst = worstOf(report?.cells.filter((cell) => cell.variant === selected) ?? []);
  if (report === null || worst === undefined) return <MetricTile label={label} value="not measured" empty />;
  const { outputMatch: match, ep } = worst;
  const source = match.inputs === 'synthetic' ? 'synthetic input' : 'sample';
  const basis = `${match.samples} ${source}${match.samples === 1 ? '' : 's'}`;
  const value = match.valid ? (
    <Quantity text={formatDecibels(match.sqnrDb)} size="metric" />
  ) : (
    <VerdictChip verdict="invalid">wrong on {formatProvider(ep)}</VerdictChip>
  );
  return (
    <MetricTile
      label={label}
      value={<Evidence {...matchEvidence(report, worst)}>{value}</Evidence>}
      note={match.valid ? `${basis}; accuracy not measured` : (match.problem ?? basis)}
    />
  );
}
