/** Makes a recipe with bits for each layer from what each layer costs. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { usualGoal } from '../../../../engine/search/search-goal';
import { findMixedBits } from '../../../state/search/search-actions';
import { isDataMissing } from '../../../state/search/searched-candidate';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { LossSelect } from '../../components/LossSelect';
import classes from './LayersView.module.css';

export function MixedBitsForm() {
  const [limits, setLimits] = useState(usualGoal.limits);
  const isMissing = useWorkspace(isDataMissing);
  const isIdle = useJob((state) => state.jobs.length === 0);
  return (
    <form
      className={classes.mixed}
      onSubmit={(event) => {
        event.preventDefault();
        void findMixedBits(limits);
      }}
    >
      <LossSelect limits={limits} onChange={setLimits} />
      <Button type="submit" variant="default" disabled={!isIdle || isMissing}>
        Find bits for each layer
      </Button>
      <p className={classes.note}>
        Robust layers get 4 or 2 bits, the others 8. Selected on one part of your data, verified on another.
      </p>
    </form>
  );
}
