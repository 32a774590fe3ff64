import type { GoalId } from '../../engine/search/goals';
import { setRecipeDrawer } from '../state/window/app-store';
import { goTo } from '../state/window/navigation';
import { performLater } from './perform-later';

/** Where its variant is shown while it is made and measured. */
export function followGoal(id: GoalId): void {
  goTo('studio');
  setRecipeDrawer(false);
  performLater(
    () => import('../state/recipe/goal-actions'),
    (actions) => actions.followGoal(id),
  );
}
