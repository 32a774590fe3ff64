import type { Inspection } from '../../../engine/analysis/inspection';
import type { ModelFiles } from '../../jobs/jobs';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { selectSelectedVariant, variantName } from '../workspace/selectors';
import { originalId, workspaceStore, type Variant, type WorkspaceState } from '../workspace/workspace-store';
import { remakeVariant } from './optimize-actions';

export interface SelectedModel {
  /** The name for people: `original` or the variant's name. */
  readonly name: string;
  readonly inspection: Inspection;
  readonly files: ModelFiles;
  /** `null`: the original. */
  readonly variant: Variant | null;
}

/** Key of the selected model's files, whether they are at hand or not. */
export function selectedFilesKey(state: WorkspaceState): string {
  return selectSelectedVariant(state)?.filesKey ?? originalFilesKey;
}

/** The selected variant, or the original, with its bytes. A variant whose bytes are not at hand is made again first. */
export async function selectedModel(): Promise<SelectedModel | null> {
  const state = workspaceStore.getState();
  const variant = selectSelectedVariant(state);
  if (state.original === null || (variant !== null && !(await remakeVariant(variant)))) return null;
  const files = filesOf(selectedFilesKey(state));
  if (files === undefined) return null;
  const { inspection } = variant ?? state.original;
  return { name: variantName(state, variant?.id ?? originalId), inspection, files, variant };
}
