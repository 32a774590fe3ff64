/** What a structural step of the recipe would do, asked while its options are chosen. */
import type { StructuralPlan } from '../../../engine/passes/pass';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { currentJobs } from '../jobs/job-runner';
import { workspaceStore } from '../workspace/workspace-store';

/** After the enabled steps before it, by weights alone. `undefined` where the model is not at hand. */
export async function planStep(signal: AbortSignal, index: number): Promise<StructuralPlan | undefined> {
  const { recipe } = workspaceStore.getState();
  const files = filesOf(originalFilesKey);
  const step = recipe.steps[index];
  if (files === undefined || step === undefined) return undefined;
  const steps = [...recipe.steps.slice(0, index), { ...step, enabled: true }];
  return currentJobs().models.plan({ signal }, files, { ...recipe, steps });
}
