import { formatProvider } from '../../../../engine/format';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { selectWebnnProvider } from '../../../state/workspace/selectors';
import { cellKey } from '../../../state/workspace/workspace-store';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { VerdictChip } from '../../components/VerdictChip';
import { LatencyMetric } from '../../components/tiles/LatencyMetric';
import { MetricTile } from '../../components/tiles/MetricTile';

/** One for each provider that the selected variant was measured on, is measured on now, or did not run on. */
export function LatencyTiles() {
  const selected = useWorkspace((state) => state.selected);
  const webnnEp = useWorkspace(selectWebnnProvider);
  const cells = useWorkspace((state) => state.cells);
  const failures = useWorkspace((state) => state.failures);
  const runs = useJob((state) => state.cellRuns);
  const tried = (['wasm', 'compiled', 'webgpu', webnnEp] as const).filter((ep): ep is ExecutionProvider => {
    if (ep === null) return false;
    const key = cellKey(selected, ep);
    return [cells[key], failures[key], runs[key]].some((one) => one !== undefined);
  });
  if (tried.length === 0) return <MetricTile label="Latency" value="not measured" empty />;
  return tried.map((ep) => <LatencyTile key={ep} ep={ep} />);
}

/** The median latency on one execution provider, and the ratio that was measured in pairs with the original. */
function LatencyTile({ ep }: { readonly ep: ExecutionProvider }) {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  const cell = report?.cells.find((one) => one.variant === selected && one.ep === ep);
  if (report === null || cell === undefined) return <EmptyLatencyTile ep={ep} />;
  return <LatencyMetric report={report} cell={cell} />;
}

function EmptyLatencyTile({ ep }: { readonly ep: ExecutionProvider }) {
  const label = `Latency · ${formatProvider(ep)}`;
  const key = useWorkspace((state) => cellKey(state.selected, ep));
  const failure = useWorkspace((state) => state.failures[key] ?? null);
  const run = useJob((state) => state.cellRuns[key]?.state ?? null);
  if (run === 'running') return <MetricTile label={label} value="measuring…" empty />;
  if (run === 'waiting') return <MetricTile label={label} value="waiting" empty />;
  const chip = <VerdictChip verdict="invalid">did not run</VerdictChip>;
  return <MetricTile label={label} value={chip} note={failure?.message} empty />;
}
