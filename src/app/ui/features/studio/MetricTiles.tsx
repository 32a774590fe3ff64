/** The numbers of the selected variant: large what it has, small what the original had, and the difference in between. */
import { isRecipeStale } from '../../../state/workspace/selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { AccuracyTile } from './AccuracyTile';
import { LatencyTile, NoWebnnTile } from './LatencyTile';
import { ComplexityTile } from './ComplexityTile';
import { MatchTile } from './MatchTile';
import classes from './MetricTiles.module.css';
import { SizeTile } from './SizeTile';
import { webnnProvider } from './webnn-provider';

export function MetricTiles() {
  const stale = useWorkspace(isRecipeStale);
  const isOriginal = useWorkspace((state) => state.selected === originalId);
  const webnnEp = useWorkspace(webnnProvider);
  return (
    <div className={classes.tiles} data-outdated={stale} role="group" aria-label="Measurements">
      <SizeTile />
      <LatencyTile ep="wasm" />
      <LatencyTile ep="webgpu" />
      {webnnEp === null ? <NoWebnnTile /> : <LatencyTile ep={webnnEp} />}
      {isOriginal ? <ComplexityTile /> : <MatchTile />}
      <AccuracyTile />
    </div>
  );
}
