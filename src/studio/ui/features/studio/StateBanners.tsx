/** States that need a word: a job that ended early, a recipe that has moved on, measurements of other input sizes. */
import { Button } from '@mantine/core';
import { commandById } from '../../../commands/command-registry';
import { dismissOutcome } from '../../../state/job-runner';
import { hasStaleCells, isRecipeStale } from '../../../state/selectors';
import { useJob, useWorkspace } from '../../../state/use-stores';
import { Banner } from '../../components/Banner';
import { JobProgress } from '../../components/JobProgress';

export function StateBanners() {
  const outcome = useJob((state) => state.outcome);
  const recipeStale = useWorkspace(isRecipeStale);
  const cellsStale = useWorkspace(hasStaleCells);
  const job = useJob((state) => state.job);
  const idle = job === null;
  return (
    <>
      {/* A recipe shows its progress where it was started. */}
      {idle || job.kind === 'optimize' ? null : <JobProgress job={job} />}
      {outcome === null ? null : (
        <Banner
          kind={outcome.end === 'failed' ? 'problem' : 'notice'}
          actions={
            <Button variant="default" onClick={dismissOutcome}>
              Dismiss
            </Button>
          }
        >
          <strong>
            {outcome.end === 'failed' ? `${outcome.subject} did not finish.` : `${outcome.subject} was cancelled.`}
          </strong>{' '}
          {outcome.end === 'failed' ? outcome.message : 'Nothing was changed; what was measured before stays.'}
        </Banner>
      )}
      {recipeStale && idle ? (
        <Banner
          kind="notice"
          actions={
            <Button variant="default" onClick={commandById('undo').perform}>
              Undo the change
            </Button>
          }
        >
          The recipe has changed since this variant was made. Run it to see the difference; this variant stays.
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
          These times were measured with other input sizes than those set now.
        </Banner>
      ) : null}
    </>
  );
}
