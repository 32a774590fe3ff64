import { formatProvider } from '../../../../engine/format';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { cellKey } from '../../../state/workspace/workspace-store';
import { reportOfWorkspace } from '../../../state/workspace/workspace-report';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { VerdictChip } from '../../components/VerdictChip';
import { LatencyMetric } from '../../components/tiles/LatencyMetric';
import { MetricTile } from '../../components/tiles/MetricTile';

/** The median latency on one execution provider, and the ratio that was measured in pairs with the original. */
export function LatencyTile({ ep }: { readonly ep: ExecutionProvider }) {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  const cell = report?.cells.find((one) => one.variant === selected && one.ep === ep);
  if (report === null || cell === undefined)
    return <EmptyLatencyTile ep={ep} label={`Latency · ${formatProvider(ep)}`} />;
  return <LatencyMetric report={report} cell={cell} />;
}

/** No device type is named that nobody could measure. */
export function NoWebnnTile() {
  const label = 'Latency · WebNN';
  const device = useWorkspace((state) => state.device);
  if (device === null) return <MetricTile label={label} value="not measured" empty />;
  const reason = device.providers.find(({ ep }) => ep === 'webnn-cpu')?.reason;
  return <MetricTile label={label} value="not on this device" note={reason} empty />;
}

function EmptyLatencyTile({ ep, label }: { readonly ep: ExecutionProvider; readonly label: string }) {
  const key = useWorkspace((state) => cellKey(state.selected, ep));
  const failure = useWorkspace((state) => state.failures[key] ?? null);
  const provider = useWorkspace((state) => state.device?.providers.find((candidate) => candidate.ep === ep) ?? null);
  const run = useJob((state) => state.cellRuns[key]?.state ?? null);
  if (run === 'running') return <MetricTile label={label} value="measuring…" empty />;
  if (failure !== null) {
    const chip = <VerdictChip verdict="invalid">did not run</VerdictChip>;
    return <MetricTile label={label} value={chip} note={failure.message} empty />;
  }
  if (provider !== null && !provider.available) {
    return <MetricTile label={label} value="not on this device" note={provider.reason} empty />;
  }
  const note = run === 'waiting' ? 'waiting for its turn' : undefined;
  return <MetricTile label={label} value="not measured" note={note} empty />;
}
