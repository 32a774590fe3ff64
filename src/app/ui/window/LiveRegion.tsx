/** What changes without the focus moving is read out from here. */
import { useApp, useJob } from '../../state/workspace/use-stores';
import { currentJob, jobTitle, shareDone } from '../../state/jobs/job-store';

/** Quarters are enough: a screen reader that counts every percent is of no use. */
function spokenProgress(share: number): number {
  return Math.floor(share * 4) * 25;
}

export function LiveRegion() {
  const announcement = useApp((state) => state.announcement);
  const progress = useJob((state) => {
    const job = currentJob(state);
    if (job === null) return '';
    return `${jobTitle(job)}: ${spokenProgress(shareDone(job))} percent.`;
  });
  return (
    <>
      <div className="visually-hidden" role="status">
        {announcement}
      </div>
      <div className="visually-hidden" role="status">
        {progress}
      </div>
    </>
  );
}
