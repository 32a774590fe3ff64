/** Actions of a person on variants. Deletion needs no confirmation, because it can be undone. */
import { notify } from '../window/app-store';
import { changeDocument } from '../workspace/history';
import { findByRecipe, sameRecipe } from '../../../engine/recipe/same-recipe';
import { originalId, workspaceStore, type Variant } from '../workspace/workspace-store';

/** Length of the color sequence: `--variant-0` to `--variant-9` in tokens.css. */
export const variantColorCount = 10;

function freeColorIndex(variants: readonly Variant[]): number {
  const used = new Set(variants.map((variant) => variant.colorIndex));
  for (let index = 0; index < variantColorCount; index += 1) if (!used.has(index)) return index;
  return variants.length % variantColorCount;
}

function uniqueName(name: string, variants: readonly Variant[]): string {
  const taken = new Set(variants.map((variant) => variant.name));
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name} (${number})`)) number += 1;
  return `${name} (${number})`;
}

/** The id that the next variant will have; its files are kept under the same key. */
export function takeVariantId(): string {
  const { nextVariantNumber } = workspaceStore.getState();
  workspaceStore.setState({ nextVariantNumber: nextVariantNumber + 1 });
  return `variant-${nextVariantNumber}`;
}

export type NewVariant = Omit<Variant, 'colorIndex' | 'filesKey' | 'madeAt'>;

/** `label` names the step of undo. */
export function addVariant(variant: NewVariant, label = 'Run recipe'): void {
  changeDocument(label, ({ variants }) => ({
    variants: [
      ...variants,
      {
        ...variant,
        madeAt: new Date().toISOString(),
        name: uniqueName(variant.name, variants),
        colorIndex: freeColorIndex(variants),
        filesKey: variant.id,
      },
    ],
    selected: variant.id,
  }));
}

export function renameVariant(id: string, name: string): void {
  const trimmed = name.trim().slice(0, 80);
  if (trimmed === '') return;
  changeDocument('Rename variant', ({ variants }) => {
    if (variants.find((variant) => variant.id === id)?.name === trimmed) return {};
    const others = variants.filter((variant) => variant.id !== id);
    const unique = uniqueName(trimmed, others);
    return { variants: variants.map((variant) => (variant.id === id ? { ...variant, name: unique } : variant)) };
  });
}

/** Deletes a variant. It announces that, because a key does it too, and offers to undo it. */
export function deleteVariant(id: string): void {
  const name = workspaceStore.getState().variants.find((variant) => variant.id === id)?.name;
  if (name === undefined) return;
  changeDocument('Delete variant', ({ variants, selected }) => {
    const index = variants.findIndex((variant) => variant.id === id);
    const rest = variants.filter((variant) => variant.id !== id);
    const neighbor = rest[Math.min(index, rest.length - 1)]?.id ?? originalId;
    return { variants: rest, selected: selected === id ? neighbor : selected };
  });
  notify(`${name} deleted.`, { undoable: true });
}

/** Removes a variant that a goal made and does not keep, and shows another one. */
export function dropVariant(id: string, instead: string): void {
  changeDocument('Goal', ({ variants, selected, recipe }) => ({
    variants: variants.filter((variant) => variant.id !== id),
    ...(selected === id && {
      selected: instead,
      recipe: variants.find((each) => each.id === instead)?.recipe ?? recipe,
    }),
  }));
}

/** A variant takes the place and the color of one that it is better than. */
export function takePlaceOf(replaced: string, id: string): void {
  changeDocument('Better found', ({ variants }) => {
    const before = variants.find((variant) => variant.id === replaced);
    const better = variants.find((variant) => variant.id === id);
    if (before === undefined || better === undefined || before === better) return {};
    const others = variants.filter((variant) => variant !== better);
    const { colorIndex } = before;
    return { variants: others.map((variant) => (variant === before ? { ...better, colorIndex } : variant)) };
  });
}

/**
 * Shows a variant and the recipe that made it. A variant from a file has no recipe: the recipe in view stays. Successive selections are one
 * undo step. If a person asked for it, a notice says if an edited recipe that no variant was made with is replaced, and offers to undo that.
 */
export function selectVariant(id: string, isAsked = true): void {
  const { recipe: edited, variants: all } = workspaceStore.getState();
  const chosen = all.find((variant) => variant.id === id);
  const replaces = chosen !== undefined && chosen.fromFile === undefined && !sameRecipe(chosen.recipe, edited);
  const isLost = replaces && edited.steps.length > 0 && findByRecipe(all, edited) === undefined;
  changeDocument(
    'Select variant',
    ({ variants, recipe }) => {
      const variant = variants.find((candidate) => candidate.id === id && candidate.fromFile === undefined);
      return { selected: id, recipe: variant?.recipe ?? recipe };
    },
    'select',
  );
  if (isLost && isAsked)
    notify(`The recipe of ${chosen.name} is shown. The one you edited has not run yet.`, { undoable: true });
}
