import { formatDuration, formatProvider, formatRatio } from '../../../../engine/report/format';
import type { Comparison, ExecutionProvider } from '../../../../engine/metrics/cell';
import { cellKey, originalId } from '../../../state/workspace-store';
import { useJob, useWorkspace } from '../../../state/use-stores';
import { Evidence } from '../../components/Evidence';
import { Quantity } from '../../components/Quantity';
import { VerdictChip } from '../../components/VerdictChip';
import { cellEvidence, latencyMethod } from './cell-evidence';
import { MetricTile } from './MetricTile';

/** The median latency on one execution provider, and the ratio that was measured in pairs with the original. */
export function LatencyTile({ ep }: { readonly ep: ExecutionProvider }) {
  const key = useWorkspace((state) => cellKey(state.selected, ep));
  const cell = useWorkspace((state) => state.cells[key] ?? null);
  const original = useWorkspace((state) => state.cells[cellKey(originalId, ep)] ?? null);
  const comparison = useWorkspace((state) => state.comparisons[key] ?? null);
  const context = useWorkspace((state) => state.contexts[key] ?? null);
  const label = `Latency · ${formatProvider(ep)}`;
  if (cell === null) return <EmptyLatencyTile ep={ep} label={label} />;
  const baseline = key === cellKey(originalId, ep) ? null : original;
  return (
    <MetricTile
      label={label}
      value={
        <Evidence title={label} method={latencyMethod} facts={cellEvidence(cell, comparison, context)}>
          <Quantity text={formatDuration(cell.steady.medianMs, cell.steady.intervalMs)} size="metric" />
        </Evidence>
      }
      chip={comparison === null ? undefined : <ComparisonChip comparison={comparison} />}
      note={
        baseline === null
          ? `first run ${formatDuration(cell.firstRunMs)}`
          : `was ${formatDuration(baseline.steady.medianMs, baseline.steady.intervalMs)}`
      }
    />
  );
}

function ComparisonChip({ comparison }: { readonly comparison: Comparison }) {
  const { verdict, ratio } = comparison;
  switch (verdict) {
    case 'faster':
      return <VerdictChip verdict="better">{formatRatio(ratio)} faster</VerdictChip>;
    case 'slower':
      return <VerdictChip verdict="worse">{formatRatio(1 / ratio)} slower</VerdictChip>;
    case 'no-difference':
      return <VerdictChip verdict="noise">no difference</VerdictChip>;
    case 'invalid':
      return <VerdictChip verdict="invalid">wrong output</VerdictChip>;
  }
}

function EmptyLatencyTile({ ep, label }: { readonly ep: ExecutionProvider; readonly label: string }) {
  const key = useWorkspace((state) => cellKey(state.selected, ep));
  const failure = useWorkspace((state) => state.failures[key] ?? null);
  const provider = useWorkspace((state) => state.device?.providers.find((candidate) => candidate.ep === ep) ?? null);
  const run = useJob((state) => state.cellRuns[key]?.state ?? null);
  if (run === 'running') return <MetricTile label={label} value="measuring…" empty />;
  if (failure !== null) {
    return (
      <MetricTile
        label={label}
        value={<VerdictChip verdict="invalid">did not run</VerdictChip>}
        note={failure.message}
        empty
      />
    );
  }
  if (provider !== null && !provider.available) {
    return <MetricTile label={label} value="not on this device" note={provider.reason} empty />;
  }
  return (
    <MetricTile
      label={label}
      value="not measured"
      note={run === 'waiting' ? 'waiting for its turn' : undefined}
      empty
    />
  );
}
