/** States that need a word: a job that ended early, a recipe that has moved on, measurements with other settings. */
import { Button } from '@mantine/core';
import { commandById } from '../../../commands/command-registry';
import { hasStaleCells, isRecipeStale } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { JobList } from '../../components/JobProgress';
import { OutcomeBanner } from '../../components/OutcomeBanner';
import { RerunBanner } from '../../components/RerunBanner';
import { StorageBanner } from '../../components/StorageBanner';

interface StateBannersProps {
  /** The recipe's column is in view. */
  readonly isWide: boolean;
}

export function StateBanners({ isWide }: StateBannersProps) {
  const outcome = useJob((state) => state.outcome);
  const recipeStale = useWorkspace(isRecipeStale);
  const cellsStale = useWorkspace(hasStaleCells);
  const jobs = useJob((state) => state.jobs);
  const idle = jobs.length === 0;
  return (
    <>
      {/* A recipe shows its progress where it was started, which a narrow window may hide. */}
      <JobList jobs={jobs.filter(({ kind }) => !isWide || kind !== 'optimize')} />
      <StorageBanner />
      <RerunBanner opened />
      {outcome === null ? null : <OutcomeBanner outcome={outcome} />}
      {recipeStale && idle ? (
        <Banner
          kind="notice"
          actions={
            <Button variant="default" onClick={commandById('undo').perform}>
              Undo the change
            </Button>
          }
        >
          The recipe or its data has changed since this variant was made. Run it to see the difference; this variant
          stays.
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
          These times were measured with other settings than those of now.
        </Banner>
      ) : null}
    </>
  );
}
