/** What a person wants, in three words, and what it may cost. As it stands it is a good first search: one click starts it. */
import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { usualGoal, type SearchObjective } from '../../../../engine/search/search-goal';
import { findBest, isDataMissing } from '../../../state/search/search-actions';
import { selectPrimaryAction } from '../../../state/workspace/primary-action';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CaptionedField } from '../../components/CaptionedField';
import { LossSelect } from '../../components/LossSelect';
import classes from './SearchView.module.css';

const objectives: readonly { readonly value: SearchObjective; readonly label: string }[] = [
  { value: 'size', label: 'Smaller' },
  { value: 'latency', label: 'Faster here' },
  { value: 'accuracy', label: 'Same answers' },
];

const seconds = usualGoal.budgetMs / 1000;

export function GoalForm({ isFirst }: { readonly isFirst: boolean }) {
  const [objective, setObjective] = useState<SearchObjective>(usualGoal.objective);
  const [accuracyLoss, setAccuracyLoss] = useState(usualGoal.limits.accuracyLoss);
  const data = useWorkspace((state) => state.data);
  const isMissing = useWorkspace(isDataMissing);
  const isIdle = useJob((state) => state.jobs.length === 0);
  // Of a variant the next step is another.
  const isNext = useWorkspace((state) => selectPrimaryAction(state) === 'find') && isFirst;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        void findBest({ objective, accuracyLoss });
      }}
    >
      <CaptionedField caption={<span id="search-objective">Look for</span>} note={null}>
        <SegmentedControl
          aria-labelledby="search-objective"
          data={[...objectives]}
          value={objective}
          onChange={(value) => setObjective(value as SearchObjective)}
        />
      </CaptionedField>
      {data === null ? null : <LossSelect value={accuracyLoss} onChange={setAccuracyLoss} />}
      <Button type="submit" variant={isNext ? 'filled' : 'default'} disabled={!isIdle || isMissing}>
        {isFirst ? 'Start' : 'Search again'}
      </Button>
      <p className={classes.note}>
        {isMissing ? 'The data was too large to be kept: give its files again on the Data screen.' : explain(data)}
      </p>
    </form>
  );
}

function explain(data: { readonly mapping: { readonly labels: unknown } } | null): string {
  const tries = `Takes at most ${seconds} seconds.`;
  if (data === null) {
    return `${tries} Without data only outputs are compared, on inputs that are made up.`;
  }
  const judged = data.mapping.labels === null ? 'how many answers stay the same' : 'accuracy';
  return `${tries} One part of your data chooses by ${judged}, another checks it.`;
}
