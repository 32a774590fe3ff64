/** Recipe and variants on the left; what they made of the model on the right. */
import { useStore } from 'zustand';
import { studioViewStore } from '../../../state/window/studio-view';
import { isRecipeStale } from '../../../state/recipe/made-by';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import { describeForWeb } from '../../../../engine/report/for-web';
import { Note } from '../../components/Note';
import { MatchMetric } from '../../components/tiles/MatchMetric';
import { phone, useMedia } from '../../components/use-media';
import { AccuracyTile } from './AccuracyTile';
import { ActionBar } from './ActionBar';
import { ComplexityTile } from './ComplexityTile';
import { Headline } from './Headline';
import { LatencyTiles } from './LatencyTiles';
import { NextStep } from './NextStep';
import { RecipeDrawer } from './RecipeDrawer';
import { SidePanel } from './SidePanel';
import { SizeTile } from './SizeTile';
import { StateBanners } from './StateBanners';
import { StudioViews, type OtherViews } from './StudioViews';
import classes from './StudioScreen.module.css';

export interface StudioScreenProps {
  readonly views: OtherViews;
}

export function StudioScreen({ views }: StudioScreenProps) {
  const hasModel = useWorkspace((state) => state.original !== null);
  const isWide = useMedia('(min-width: 1100px)');
  const isPhone = useMedia(phone);
  const isWhole = useStore(studioViewStore, (state) => state.isGraphWhole);
  if (!hasModel) return null;
  return (
    <div className={classes.screen} data-whole={isWhole}>
      <h1 className="visually-hidden">Studio</h1>
      {isWide && !isWhole ? (
        <aside className={classes.side} aria-label="Goals, recipe and variants">
          <SidePanel />
        </aside>
      ) : null}
      <div className={classes.stage}>
        {isWhole ? null : (
          <>
            {isWide || isPhone ? null : <RecipeDrawer />}
            <StateBanners isWide={isWide} />
            <div id="result" tabIndex={-1} className={classes.lead} data-testid="lead">
              <Headline />
              <NextStep />
              <MetricTiles />
            </div>
          </>
        )}
        <StudioViews views={views} />
        {isWhole ? null : <ForWeb />}
        {/* Goals and results come before the recipe. */}
        {isPhone && !isWhole ? <SidePanel /> : null}
        {isWhole ? null : <ActionBar />}
      </div>
    </div>
  );
}

/** The numbers of the selected variant: large what it has, small what the original had, and the difference in between. */
function MetricTiles() {
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

function ForWeb() {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  const variant = report?.variants.find(({ id }) => id === selected);
  return report && variant ? <Note>{describeForWeb(report, variant)}</Note> : null;
}

function MatchTile() {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  return report === null ? null : <MatchMetric report={report} variantId={selected} />;
}
