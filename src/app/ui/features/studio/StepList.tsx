/** The passes of the recipe in order. A pass moves by its handle: with the pointer, or with the arrow keys. */
import { UnstyledButton } from '@mantine/core';
import { useRef } from 'react';
import { useStore } from 'zustand';
import { findPass } from '../../../../engine/passes/registry';
import type { Recipe } from '../../../../engine/recipe/recipe';
import { nameRecipe } from '../../../../engine/recipe/recipe-name';
import { recipeKey } from '../../../../engine/recipe/same-recipe';
import { studioViewStore, unfoldRecipe } from '../../../state/window/studio-view';
import { announce } from '../../../state/window/app-store';
import { isRecipeMade } from '../../../state/recipe/made-by';
import { moveStep } from '../../../state/recipe/recipe-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { ChevronIcon } from '../../components/icons';
import { StepCard } from './StepCard';
import classes from './SidePanel.module.css';
import { useStepDrag } from './use-step-drag';

export function StepList() {
  const recipe = useWorkspace((state) => state.recipe);
  const isFolded = useStore(studioViewStore, ({ foldedRecipes }) => foldedRecipes.has(recipeKey(recipe)));
  const { steps } = recipe;
  const list = useRef<HTMLOListElement>(null);
  const move = (from: number, to: number): void => {
    if (to < 0 || to >= steps.length || from === to) return;
    moveStep(from, to);
    const { pass } = steps[from]!;
    announce(`${findPass(pass)?.presentation.title ?? pass} is now pass ${to + 1} of ${steps.length}.`);
    // The card keeps its place in the list, the pass moves on: the focus goes with the pass.
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>('[data-handle]')[to]?.focus());
  };
  const { dragged, target, startDrag } = useStepDrag(list, move);
  const open = (): void => {
    unfoldRecipe(recipe);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('button[aria-expanded]')?.focus());
  };
  if (steps.length === 0) return <p className={classes.empty}>No passes yet.</p>;
  if (isFolded) return <FoldedRecipe recipe={recipe} onOpen={open} />;
  return (
    <ol className={classes.column} ref={list}>
      {steps.map((step, index) => (
        <li
          // Steps have no identity of their own: position and pass are all there is.
          // eslint-disable-next-line react/no-array-index-key
          key={`${index}:${step.pass}`}
          className={classes.stepsItem}
          data-dragged={dragged === index}
          data-drop={
            target === index && dragged !== null && dragged !== index
              ? target > dragged
                ? 'after'
                : 'before'
              : undefined
          }
        >
          <StepCard step={step} index={index} count={steps.length} onMove={move} onDragStart={startDrag} />
        </li>
      ))}
    </ol>
  );
}

/** A recipe that was chosen as a whole, as one card that opens into its passes. The list of variants has the name of a made one. */
function FoldedRecipe({ recipe, onOpen }: { readonly recipe: Recipe; readonly onOpen: () => void }) {
  const isMade = useWorkspace(isRecipeMade);
  const count = `${recipe.steps.length} passes`;
  return (
    <div className={classes.card}>
      <UnstyledButton className={classes.folded} aria-expanded={false} onClick={onOpen}>
        <span className={classes.stepName}>{isMade ? count : nameRecipe(recipe)}</span>
        <span className={classes.chevron}>
          <ChevronIcon />
        </span>
        {isMade ? null : <span className={classes.note}>{count}</span>}
      </UnstyledButton>
    </div>
  );
}
