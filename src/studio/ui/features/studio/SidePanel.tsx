import { RecipePanel } from './RecipePanel';
import classes from './SidePanel.module.css';
import { VariantList } from './VariantList';

/** The column beside the stage; inside a drawer on middle widths, in the flow on a phone. */
export function SidePanel() {
  return (
    <div className={classes.panel}>
      <RecipePanel />
      <VariantList />
    </div>
  );
}
