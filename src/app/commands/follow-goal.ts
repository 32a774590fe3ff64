import type { GoalId } from '../../engine/search/goals';
import { setRecipeDrawer } from '../state/window/app-store';
import { goTo } from '../state/workspace/navigation';
import { performLater } from './perform-later';

/** Opens the view that shows the variant while it is made and measured. Without a time, the goal has its usual one. */
export function followGoal(id: GoalId, budgetMs?: number): void {
  goTo('studio');
  setRecipeDrawer(false);
  performLater(
    () => import('../state/search/goal-actions'),
    (actions) => actions.followGoal(id, budgetMs),
  );
}
