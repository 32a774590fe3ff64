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

/** Returns the goals to offer; none without a model. WebNN is offered if the device has it, or if the model is quantized or float16. */
export function currentGoals(state: GoalState): readonly Goal[] {
  const facts = goalFacts(state);
  if (facts === null) return [];
  const hasWebnn = state.device?.providers.some(({ ep, available }) => available && ep.startsWith('webnn')) === true;
  const isOffered = hasWebnn || facts.model.isLowPrecision === true;
  return resolveGoals(facts).filter(({ id }) => id !== 'faster-webnn' || isOffered);
}

export function currentGoal(state: GoalState, id: GoalId): Goal | null {
  const facts = goalFacts(state);
  return facts === null ? null : resolveGoal(id, facts);
}
