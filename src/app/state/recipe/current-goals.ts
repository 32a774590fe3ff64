/** Resolves each goal for the current work. Pure. */
import { resolveGoal, resolveGoals, type Goal, type GoalFacts, type GoalId } from '../../../engine/search/goals';
import { isDataFed } from '../data/data-selectors';
import type { WorkspaceState } from '../workspace/workspace-store';
import { originalFacts } from './original-facts';

type GoalState = Pick<WorkspaceState, 'original' | 'data' | 'device'>;

function goalFacts({ original, data, device }: GoalState): GoalFacts | null {
  if (original === null) return null;
  return { model: originalFacts(original), hasData: isDataFed({ original, data }), device };
}

/** Returns none without a model. */
export function currentGoals(state: GoalState): readonly Goal[] {
  const facts = goalFacts(state);
  return facts === null ? [] : resolveGoals(facts);
}

export function currentGoal(state: GoalState, id: GoalId): Goal | null {
  const facts = goalFacts(state);
  return facts === null ? null : resolveGoal(id, facts);
}
