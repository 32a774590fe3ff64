/** Questions that several screens ask of the workspace. Pure: state in, answer out. */
import { executionProviders, type ExecutionProvider } from '../../../engine/metrics/cell';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { matchGrade } from '../../../engine/metrics/match-grade';
import { findByRecipe } from '../../../engine/recipe/same-recipe';
import type { Rerun } from '../window/app-store';
import { isNotablySmaller } from '../../../engine/verdict/size-verdict';
import { cellKey, originalId, type CellKey, type Original, type Variant, type WorkspaceState } from './workspace-store';
import { ownValue } from '../../../engine/own-value';

export function selectSelectedVariant(state: WorkspaceState): Variant | null {
  return state.variants.find((variant) => variant.id === state.selected) ?? null;
}

/** True over 2 GB, where one file cannot hold a variant: its weights then are in a data file. */
export function needsDataFile({ optimization }: Variant): boolean {
  return optimization.variant.externalData !== undefined;
}

/** Size of the model as it was opened, in bytes: the model file and its data files together. */
export function originalBytes({ openedBytes, inspection }: Original): number {
  return openedBytes ?? inspection.file.sizeBytes;
}

export function selectVariantById(state: WorkspaceState, id: string): Variant | null {
  return state.variants.find((variant) => variant.id === id) ?? null;
}

/** Every row of a comparison: the original first, then the variants in the order they were made. */
export function selectRowIds(state: WorkspaceState): readonly string[] {
  return [originalId, ...state.variants.map((variant) => variant.id)];
}

export function variantName(state: WorkspaceState, id: string): string {
  return id === originalId ? 'original' : (selectVariantById(state, id)?.name ?? id);
}

/** Providers that this device offers; before the probe has answered, none. */
export function selectAvailableProviders(state: Pick<WorkspaceState, 'device'>): readonly ExecutionProvider[] {
  const providers = state.device?.providers ?? [];
  return providers.filter((provider) => provider.available).map((provider) => provider.ep);
}

/** The same without compiled modules, which have no runtime. */
export function selectRuntimeProviders(state: Pick<WorkspaceState, 'device'>): readonly ExecutionProvider[] {
  return selectAvailableProviders(state).filter((ep) => ep !== 'compiled');
}

/**
 * Providers in the order of how likely a model runs on them: a context for a neural processor often opens and then
 * supports few models.
 */
const byLikelihood = ['webnn-cpu', 'webnn-gpu', 'webnn-npu'] as const satisfies readonly ExecutionProvider[];

/**
 * The device type of the single WebNN tile: the fastest measured one. Without a measurement it is the likeliest one
 * that the device offers and that has not failed. `null` if it offers none, or has not been asked yet.
 */
export function selectWebnnProvider(state: WorkspaceState): ExecutionProvider | null {
  const isIn = (results: object, ep: ExecutionProvider): boolean =>
    cellKey(state.selected, ep) in results || cellKey(originalId, ep) in results;
  const measured = byLikelihood.findLast((ep) => isIn(state.cells, ep));
  if (measured !== undefined) return measured;
  const available = selectAvailableProviders(state);
  const offered = byLikelihood.filter((ep) => available.includes(ep));
  return offered.find((ep) => !isIn(state.failures, ep)) ?? offered[0] ?? null;
}

/** Providers that have a result or a failure for the variant, in the fixed order. */
export function selectMeasuredProviders(state: WorkspaceState, variant: string): readonly ExecutionProvider[] {
  return executionProviders.filter((ep) => {
    const key = cellKey(variant, ep);
    return key in state.cells || key in state.failures;
  });
}

export function sameDimensions(a: FreeDimensions, b: FreeDimensions): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (symbol) => ownValue(a, symbol) === ownValue(b, symbol),
  );
}

type MeasuringSettings = Pick<WorkspaceState, 'cells' | 'contexts' | 'freeDimensions' | 'seed' | 'threads'>;

/** True when a cell was measured with other input sizes, another seed or other threads than those set now. */
export function isCellStale(state: MeasuringSettings, key: CellKey): boolean {
  const context = state.contexts[key];
  if (context === undefined) return false;
  const otherThreads = state.threads !== null && key.endsWith('|wasm') && state.cells[key]?.threads !== state.threads;
  return otherThreads || context.seed !== state.seed || !sameDimensions(context.freeDimensions, state.freeDimensions);
}

/** True if its outputs were found wrong with the present settings. A measurement with other settings does not count. */
export function isFoundWrong(state: WorkspaceState, variant: string): boolean {
  return executionProviders.some((ep) => {
    const key = cellKey(variant, ep);
    const cell = state.cells[key];
    return cell !== undefined && !isCellStale(state, key) && matchGrade(cell.outputMatch) === 'wrong';
  });
}

/** True when some cell of the selected variant, or its baseline, must be measured again. */
export function hasStaleCells(state: WorkspaceState): boolean {
  return selectMeasuredProviders(state, state.selected).some(
    (ep) => isCellStale(state, cellKey(state.selected, ep)) || isCellStale(state, cellKey(originalId, ep)),
  );
}

/** Cells that a first benchmark should measure: the variant and the original on every available provider, fresh ones left out. */
export function selectCellsToMeasure(
  state: WorkspaceState,
  variant: string,
): readonly { readonly variant: string; readonly ep: ExecutionProvider }[] {
  const rows = variant === originalId ? [originalId] : [originalId, variant];
  return selectAvailableProviders(state).flatMap((ep) =>
    rows
      .map((row) => ({ variant: row, ep }))
      .filter(({ variant: row }) => {
        const key = cellKey(row, ep);
        return !(key in state.cells) || isCellStale(state, key);
      }),
  );
}

/** True when something is known of a variant beside its size. */
export function hasMeasuredVariant({ variants, cells, evaluations }: WorkspaceState): boolean {
  const measured = [...Object.values(cells), ...Object.values(evaluations).map(({ evaluation }) => evaluation)];
  return variants.some(({ id }) => measured.some(({ variant }) => variant === id));
}

/** True if no pass of the variant's recipe changed the model. */
export function isIdle({ optimization, fromFile }: Pick<Variant, 'optimization' | 'fromFile'>): boolean {
  return fromFile === undefined && optimization.passes.every((pass) => pass.changes.length === 0);
}

/** True if there is nothing to measure or download: no pass changed the model, and its file has the same size. */
export function isUnchanged(made: Pick<Variant, 'optimization' | 'fromFile'>): boolean {
  const { original, variant } = made.optimization.sizeBytes;
  return isIdle(made) && !isNotablySmaller(original, variant);
}

/** Returns the variant that reproduces a report's: the one with the same bytes, else the newest with its recipe. */
export function findReproduced(
  { variants }: Pick<WorkspaceState, 'variants'>,
  { recipe, variantFile }: Pick<Rerun, 'recipe' | 'variantFile'>,
): Variant | undefined {
  return (
    variants.find(({ inspection }) => inspection.file.sha256 === variantFile.sha256) ??
    findByRecipe(variants.toReversed(), recipe)
  );
}
