/** One advice at a time, the most urgent first, with what it stands on. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { advise, type AdvisedAction } from '../../../../engine/advisor/advise';
import { commandById } from '../../../commands/command-registry';
import { advisorFacts } from '../../../state/recipe/advisor-facts';
import { runRecipe } from '../../../state/recipe/optimize-actions';
import { replaceRecipe } from '../../../state/recipe/recipe-actions';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
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
  const isIdle = useJob((state) => state.jobs.length === 0);
  if (shown === undefined) return null;
  const { action } = shown;
  return (
    <section className={classes.advice} aria-label="Advice">
      <p>{shown.text}</p>
      <div className={classes.actions}>
        {action === undefined ? null : (
          <Button variant="default" size="compact-sm" disabled={!isIdle} onClick={() => perform(action)}>
            {titles[action.kind]}
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

const titles: Readonly<Record<AdvisedAction['kind'], string>> = {
  run: 'Do it',
  search: 'Find the best',
  measure: 'Benchmark',
  'give-data': 'Choose data',
};

function perform(action: AdvisedAction): void {
  switch (action.kind) {
    case 'run':
      return runAdvised(action.steps);
    case 'search':
      return commandById('find-best').perform();
    case 'measure':
      return commandById('benchmark').perform();
    case 'give-data':
      return commandById('choose-data').perform();
  }
}

/** Steps that the recipe has already keep their options, unless the advice is about these. */
function runAdvised(advised: Extract<AdvisedAction, { kind: 'run' }>['steps']): void {
  const { recipe } = workspaceStore.getState();
  const steps = advised.map(({ pass, options }) => {
    const own = recipe.steps.find((step) => step.pass === pass);
    return { pass, enabled: true, options: { ...own?.options, ...options } };
  });
  const next = { ...recipe, steps };
  replaceRecipe(next, 'Take advice');
  void runRecipe(next);
}
