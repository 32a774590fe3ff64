/**
 * Predicts how WebGPU and WASM will run the recipe's result, before the recipe runs. It is loaded separately, because
 * the tables of kernels come with it.
 */
import { useMemo } from 'react';
import { foreseeProviders } from '../../../../engine/recipe/foresee-providers';
import { useWorkspace } from '../../../state/workspace/use-stores';
import classes from './SidePanel.module.css';

export function ForeseenProviders() {
  const recipe = useWorkspace((state) => state.recipe);
  const inspection = useWorkspace((state) => state.original?.inspection);
  const device = useWorkspace((state) => state.device);
  const sentences = useMemo(
    () => (inspection ? foreseeProviders(recipe, inspection, device ?? undefined) : []),
    [recipe, inspection, device],
  );
  return sentences.map((sentence) => (
    <p key={sentence} className={classes.note}>
      {sentence}
    </p>
  ));
}
