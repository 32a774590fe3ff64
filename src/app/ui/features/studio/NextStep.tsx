/** Recommends the next step, in one sentence and one click; the most urgent first. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Advice, AdvisedAction } from '../../../../engine/advisor/advice';
import { advise } from '../../../../engine/advisor/advise';
import { commandById } from '../../../commands/command-registry';
import { advisorFacts } from '../../../state/report/advisor-facts';
import { replaceAndRun } from '../../../state/recipe/optimize-actions';
import { asksForData } from '../../../state/data/data-selectors';
import { goOnSearching } from '../../../state/search/search-actions';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { workspaceStore } from '../../../state/workspace/workspace-store';
import { GiveDataButton } from '../../components/GiveDataButton';
import classes from './StudioScreen.module.css';

export function NextStep() {
  // The advice is text, so that it compares equal while nothing changed.
  const text = useWorkspace((state) => {
    const facts = advisorFacts(state);
    return facts === null ? '[]' : JSON.stringify(advise(facts));
  });
  const isIdle = useJob((state) => state.jobs.length === 0);
  const all = JSON.parse(text) as readonly Advice[];
  // The result of a running job may be the next advice.
  if (!isIdle || all.length === 0) return null;
  return <Steps key={text} all={all} />;
}

function Steps({ all }: { readonly all: readonly Advice[] }) {
  const [place, setPlace] = useState(0);
  const { text, action } = all[place]!;
  const isNext = useWorkspace((state) => selectPrimaryAction(state) === 'none') && place === 0;
  return (
    <section className={classes.next} aria-label="Next step" data-testid="next-step">
      <p className={classes.nextText} title={text}>
        {text}
      </p>
      {action === undefined ? null : <ActionButton action={action} isNext={isNext} />}
      {all.length < 2 ? null : (
        <Button
          className={classes.button}
          variant="subtle"
          size="compact-sm"
          aria-label={`${place + 1}/${all.length}, other advice`}
          title="Other advice"
          onClick={() => setPlace((place + 1) % all.length)}
        >
          {place + 1}/{all.length} ›
        </Button>
      )}
    </section>
  );
}

interface ActionButtonProps {
  readonly action: AdvisedAction;
  readonly isNext: boolean;
}

function ActionButton({ action, isNext }: ActionButtonProps) {
  const { kind } = action;
  const isAsked = useWorkspace(asksForData);
  // The tile of the accuracy has the same button.
  if (kind === 'give-data') return isAsked ? null : <GiveDataButton isFilled={isNext} className={classes.button!} />;
  const perform = (): void => {
    if (action.kind === 'run') runAdvised(action.steps);
    else if (kind === 'continue-search') void goOnSearching();
    else if (kind !== 'run') commandById(commands[kind]).perform();
  };
  return (
    <Button className={classes.button} variant={isNext ? 'filled' : 'default'} size="compact-sm" onClick={perform}>
      {action.kind === 'run' ? action.label : kind === 'run' ? null : titles[kind]}
    </Button>
  );
}

/** The command behind the click. */
const commands = {
  search: 'find-best',
  measure: 'measure-selected',
  evaluate: 'evaluate',
  'check-data': 'go-data',
  compile: 'download-compiled',
} as const satisfies Readonly<Record<Exclude<AdvisedAction['kind'], 'run' | 'give-data' | 'continue-search'>, string>>;

/** The labels differ from those of the other buttons on the screen. */
const titles: Readonly<Record<keyof typeof commands | 'continue-search', string>> = {
  search: 'Search',
  'continue-search': 'Keep searching',
  measure: 'Measure now',
  evaluate: 'Evaluate now',
  'check-data': 'Check the data',
  compile: 'Download the module',
};

/** Steps that the recipe has already keep their options, unless the advice is about these. */
function runAdvised(advised: Extract<AdvisedAction, { kind: 'run' }>['steps']): void {
  const { recipe } = workspaceStore.getState();
  const steps = advised.map(({ pass, options }) => {
    const own = recipe.steps.find((step) => step.pass === pass);
    return { pass, enabled: true, options: { ...own?.options, ...options } };
  });
  void replaceAndRun({ ...recipe, steps }, 'Take advice');
}
