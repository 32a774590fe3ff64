/** When commands are offered: the conditions that several of them share. */
import { jobStore } from '../state/jobs/job-store';
import { selectSelectedVariant } from '../state/workspace/selectors';
import { workspaceStore } from '../state/workspace/workspace-store';

export const always = (): boolean => true;
export const hasModel = (): boolean => workspaceStore.getState().original !== null;
export const isIdle = (): boolean => jobStore.getState().job === null;
export const hasVariantSelected = (): boolean => selectSelectedVariant(workspaceStore.getState()) !== null;
export const hasData = (): boolean => workspaceStore.getState().data !== null;
export const hasVariants = (): boolean => workspaceStore.getState().variants.length > 0;
