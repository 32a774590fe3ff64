/** States that need a word: a job that ended early, a recipe that has moved on, measurements with other settings. */
import { Button } from '@mantine/core';
import { useStore } from 'zustand';
import { commandById } from '../../../commands/command-registry';
import { followGoal } from '../../../commands/follow-goal';
import { resumeRun } from '../../../state/recipe/optimize-actions';
import { forgetRun } from '../../../state/recipe/unfinished-run';
import { goalStore, offerMore } from '../../../state/search/goal-frame';
import { hasJob } from '../../../state/jobs/job-store';
import { isRecipeStale } from '../../../state/recipe/made-by';
import { hasStaleCells } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { DataCheckBanner } from '../../components/evaluation/DataCheckBanner';
import { JobList } from '../../components/JobProgress';
import { LastOutcome } from '../../components/OutcomeBanner';
import { RerunBanner } from '../../components/RerunBanner';
import { StorageBanner } from '../../components/StorageBanner';
import classes from './StudioScreen.module.css';

interface StateBannersProps {
  /** The recipe's column is in view. */
  readonly isWide: boolean;
}

/** A recipe that a reload stopped. */
function UnfinishedBanner() {
  const unfinished = useWorkspace((state) => state.unfinished);
  const isRunning = useJob((state) => hasJob(state, 'optimize'));
  if (unfinished === null || isRunning) return null;
  const { name, recipe, passes } = unfinished;
  const count = recipe.steps.filter(({ enabled }) => enabled).length;
  return (
    <Banner
      kind="notice"
      actions={
        <>
          <Button variant="default" onClick={() => void resumeRun()}>
            Continue
          </Button>
          <Button variant="default" onClick={() => forgetRun(unfinished)}>
            Dismiss
          </Button>
        </>
      }
    >
      <strong>{name} was stopped by a reload.</strong>
      <p>
        {passes.length === 0
          ? 'It restarts from the beginning.'
          : `${passes.length} of ${count} passes ${passes.length === 1 ? 'is' : 'are'} done and will be reused.`}
      </p>
    </Banner>
  );
}

/** A goal whose time is over asks before it takes more. */
function GoalOfferBanner() {
  const offer = useStore(goalStore, (state) => state.offer);
  const original = useWorkspace((state) => state.original);
  if (offer === null || offer.of !== original) return null;
  return (
    <Banner
      kind="notice"
      actions={
        <>
          <Button variant="default" onClick={() => followGoal(offer.id, offer.moreMs)}>
            Continue for {offer.moreMs / 60_000} min
          </Button>
          <Button variant="default" onClick={() => offerMore(null)}>
            Keep this
          </Button>
        </>
      }
    >
      <strong>{offer.title}: the time is over.</strong>
      <p>{offer.text}</p>
    </Banner>
  );
}

export function StateBanners({ isWide }: StateBannersProps) {
  const recipeStale = useWorkspace(isRecipeStale);
  const cellsStale = useWorkspace(hasStaleCells);
  const jobs = useJob((state) => state.jobs);
  // Between two jobs of a goal, the recipe is ahead of its variant.
  const inGoal = useStore(goalStore, (state) => state.endsAtMs !== null);
  const idle = jobs.length === 0 && !inGoal;
  // A recipe shows its progress beside its start button, which a narrow window may hide.
  const shown = jobs.filter(({ kind }) => !isWide || kind !== 'optimize');
  return (
    <>
      {shown.length === 0 ? null : (
        <div className={classes.jobs}>
          <JobList jobs={shown} />
        </div>
      )}
      <StorageBanner />
      <RerunBanner opened />
      <UnfinishedBanner />
      {idle ? <GoalOfferBanner /> : null}
      <LastOutcome />
      {idle ? <DataCheckBanner /> : null}
      {recipeStale && idle ? (
        <Banner
          kind="notice"
          actions={
            <Button variant="default" onClick={commandById('undo').perform}>
              Undo the change
            </Button>
          }
        >
          The recipe or its data has changed since this variant was made.
        </Banner>
      ) : null}
      {cellsStale && idle && !recipeStale ? (
        <Banner
          kind="notice"
          actions={
            <Button variant="default" onClick={commandById('benchmark').perform}>
              Measure again
            </Button>
          }
        >
          These times were measured with different settings.
        </Banner>
      ) : null}
    </>
  );
}
