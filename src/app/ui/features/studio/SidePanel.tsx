import { useStore } from 'zustand';
import { studioViewStore } from '../../../state/window/studio-view';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { Goals } from './Goals';
import { RecipePanel } from './RecipePanel';
import classes from './SidePanel.module.css';
import { VariantList } from './VariantList';

/** The column beside the stage; inside a drawer on middle widths, in the flow on a phone. */
export function SidePanel() {
  // Once this button has led to its view, another button is the next one.
  const isOpen = useStore(studioViewStore, ({ view }) => view === 'trade-off');
  const isNext = useWorkspace((state) => selectPrimaryAction(state) === 'find') && !isOpen;
  const isIdle = useJob((state) => state.jobs.length === 0);
  // Before the first variant, the stage shows the goals.
  const hasVariants = useWorkspace((state) => state.variants.length > 0);
  return (
    <div className={classes.panel}>
      <CommandButton command="find-best" primary={isNext && isIdle} />
      {hasVariants ? <Goals /> : null}
      <VariantList />
      <RecipePanel />
    </div>
  );
}
