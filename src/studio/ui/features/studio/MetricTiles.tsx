/** The numbers of the selected variant: large what it has, small what the original had, and the difference in between. */
import { isRecipeStale } from '../../../state/selectors';
import { useWorkspace } from '../../../state/use-stores';
import { cellKey, originalId, type WorkspaceState } from '../../../state/workspace-store';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { LatencyTile } from './LatencyTile';
import { ComplexityTile } from './ComplexityTile';
import { MatchTile } from './MatchTile';
import classes from './MetricTiles.module.css';
import { SizeTile } from './SizeTile';

const webnn = ['webnn-npu', 'webnn-gpu', 'webnn-cpu'] as const;

/** One tile for WebNN: the device type that was measured, else the first that is there. */
function webnnProvider(state: WorkspaceState): ExecutionProvider {
  const measured = webnn.find(
    (ep) => cellKey(state.selected, ep) in state.cells || cellKey(originalId, ep) in state.cells,
  );
  const offered = webnn.find((ep) =>
    state.device?.providers.some((provider) => provider.ep === ep && provider.available),
  );
  return measured ?? offered ?? 'webnn-cpu';
}

export function MetricTiles() {
  const stale = useWorkspace(isRecipeStale);
  const isOriginal = useWorkspace((state) => state.selected === originalId);
  const webnnEp = useWorkspace(webnnProvider);
  return (
    <div className={classes.tiles} data-stale={stale} role="group" aria-label="Measurements">
      <SizeTile />
      <LatencyTile ep="wasm" />
      <LatencyTile ep="webgpu" />
      <LatencyTile ep={webnnEp} />
      {isOriginal ? <ComplexityTile /> : <MatchTile />}
    </div>
  );
}
