/** One advice at a time, the most urgent first, with what it stands on. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { advise } from '../../../../engine/advisor/advise';
import { advisorFacts } from '../../../state/recipe/advisor-facts';
import { replaceRecipe } from '../../../state/recipe/recipe-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { workspaceStore } from '../../../state/workspace/workspace-store';
import classes from './Advice.module.css';

export function Advice() {
  // As text, so that it is equal while nothing changed.
  const text = useWorkspace((state) => {
    const facts = advisorFacts(state);
    return facts === null ? '[]' : JSON.stringify(advise(facts));
  });
  const [place, setPlace] = useState(0);
  const all = JSON.parse(text) as ReturnType<typeof advise>;
  const shown = all[place % Math.max(1, all.length)];
  if (shown === undefined) return null;
  return (
    <section className={classes.advice} aria-label="Advice">
      <p>{shown.text}</p>
      <div className={classes.actions}>
        {shown.passes === undefined ? null : (
          <Button variant="default" size="compact-sm" onClick={() => takeRecipe(shown.passes!)}>
            Set this recipe
          </Button>
        )}
        {all.length < 2 ? null : (
          <Button variant="subtle" size="compact-sm" onClick={() => setPlace((place + 1) % all.length)}>
            Next advice ({(place % all.length) + 1} of {all.length})
          </Button>
        )}
      </div>
    </section>
  );
}

/** Steps that the recipe has already keep their options. */
function takeRecipe(passes: readonly string[]): void {
  const { recipe } = workspaceStore.getState();
  const steps = passes.map(
    (pass) => recipe.steps.find((step) => step.pass === pass) ?? { pass, enabled: true, options: {} },
  );
  replaceRecipe({ ...recipe, steps }, 'Take advice');
}
