/** Recipe and variants on the left; what they made of the model on the right. */
import { useStore } from 'zustand';
import { studioViewStore } from '../../../state/window/studio-view';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { phone, useMedia } from '../../components/use-media';
import { ActionBar } from './ActionBar';
import { Headline } from './Headline';
import { MetricTiles } from './MetricTiles';
import { NextStep } from './NextStep';
import { RecipeDrawer } from './RecipeDrawer';
import { SidePanel } from './SidePanel';
import { StateBanners } from './StateBanners';
import { StudioViews, type OtherViews } from './StudioViews';
import classes from './StudioScreen.module.css';

export interface StudioScreenProps {
  readonly views: OtherViews;
}

export function StudioScreen({ views }: StudioScreenProps) {
  const hasVariants = useWorkspace((state) => state.variants.length > 0);
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
            {isPhone && !hasVariants ? <SidePanel /> : null}
          </>
        )}
        <StudioViews views={views} />
        {/* Results come before the recipe that made them. */}
        {isPhone && hasVariants && !isWhole ? <SidePanel /> : null}
        {isWhole ? null : <ActionBar />}
      </div>
    </div>
  );
}
