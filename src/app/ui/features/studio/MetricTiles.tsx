/** The numbers of the selected variant: large what it has, small what the original had, and the difference in between. */
import { isRecipeStale } from '../../../state/recipe/made-by';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { AccuracyTile } from './AccuracyTile';
import { LatencyTiles } from './LatencyTiles';
import { ComplexityTile } from './ComplexityTile';
import classes from './StudioScreen.module.css';
import { SizeTile } from './SizeTile';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { MatchMetric } from '../../components/tiles/MatchMetric';

export function MetricTiles() {
  const stale = useWorkspace(isRecipeStale);
  const isOriginal = useWorkspace((state) => state.selected === originalId);
  return (
    <div className={classes.strip} data-strip data-outdated={stale} role="group" aria-label="Measurements">
      <SizeTile />
      <LatencyTiles />
      {isOriginal ? <ComplexityTile /> : <MatchTile />}
      <AccuracyTile />
    </div>
  );
}

function MatchTile() {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  return report === null ? null : <MatchMetric report={report} variantId={selected} />;
}
