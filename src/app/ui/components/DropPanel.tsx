/**
 * A place to drop on. The whole window accepts drops. This panel says so, and shows how much of the last drop was read.
 */
import type { ReactNode } from 'react';
import type { Job } from '../../state/jobs/job-store';
import classes from './Banner.module.css';
import { JobProgress } from './JobProgress';

interface DropPanelProps {
  readonly label: string;
  /** The outcome of the last drop. */
  readonly outcome?: ReactNode;
  /** Takes the place of the invitation. */
  readonly job: Job | null;
  /** Buttons, and a paragraph of what may be dropped. */
  readonly invitation: ReactNode;
  readonly children: ReactNode;
}

export function DropPanel({ label, outcome, job, invitation, children }: DropPanelProps) {
  return (
    <section className={classes.panel} aria-label={label}>
      {outcome}
      {job === null ? (
        <div className={classes.invitation}>{invitation}</div>
      ) : (
        <div className={classes.progress}>
          <JobProgress job={job} />
        </div>
      )}
      {children}
    </section>
  );
}
