import { useStore } from 'zustand';
import { studioViewStore } from '../../../state/window/studio-view';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { RecipePanel } from './RecipePanel';
import classes from './SidePanel.module.css';
import { VariantList } from './VariantList';
import { UnstyledButton } from '@mantine/core';
import { useMemo } from 'react';
import { followGoal } from '../../../commands/follow-goal';
import { currentGoals } from '../../../state/recipe/current-goals';

/** The column beside the stage; inside a drawer on middle widths, in the flow on a phone. */
export function SidePanel() {
  // Once this button has led to its view, another button is the next one.
  const isOpen = useStore(studioViewStore, ({ view }) => view === 'trade-off');
  const isNext = useWorkspace((state) => selectPrimaryAction(state) === 'find') && !isOpen;
  const isIdle = useJob((state) => state.jobs.length === 0);
  return (
    <div className={classes.panel}>
      <CommandButton command="find-best" primary={isNext && isIdle} />
      <Goals />
      <VariantList />
      <RecipePanel />
    </div>
  );
}

/**
 * Goals in the words of a person. One click makes the variant and measures it. The reason says how, for this model; beside a result it
 * shows on hover, because few words are to be in view.
 */
function Goals() {
  const original = useWorkspace((state) => state.original);
  const data = useWorkspace((state) => state.data);
  const device = useWorkspace((state) => state.device);
  const hasResult = useWorkspace((state) => state.variants.length > 0);
  const goals = useMemo(() => currentGoals({ original, data, device }), [original, data, device]);
  return (
    <section aria-labelledby="goals-title">
      <h2 id="goals-title" className={classes.heading}>
        Goals
      </h2>
      <ul className={classes.goalsList}>
        {goals.map(({ id, title, reason }) => (
          <li key={id} className={classes.goalsItem}>
            <UnstyledButton className={classes.goal} title={reason} onClick={() => followGoal(id)}>
              <span className={classes.goalsTitle}>{title}</span>
              {hasResult ? null : <span className={classes.reason}>{reason}</span>}
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </section>
  );
}
