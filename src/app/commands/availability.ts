/** When commands are offered: the conditions that several of them share. */
import type { JobKind } from '../state/jobs/job-kinds';
import { hasJob, jobStore } from '../state/jobs/job-store';
import { selectSelectedVariant } from '../state/workspace/selectors';
import { workspaceStore } from '../state/workspace/workspace-store';

export const always = (): boolean => true;
export const hasModel = (): boolean => workspaceStore.getState().original !== null;
/** False while one of the kind runs or waits: asked for again it would be the same. */
export const isFree = (kind: JobKind): boolean => !hasJob(jobStore.getState(), kind);
export const hasVariantSelected = (): boolean => selectSelectedVariant(workspaceStore.getState()) !== null;
export const hasData = (): boolean => workspaceStore.getState().data !== null;
export const hasVariants = (): boolean => workspaceStore.getState().variants.length > 0;
