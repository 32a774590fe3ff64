/** How the last job ended when it gave no result, in the same words wherever it is told. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { describeOutcome, type JobOutcome } from '../../state/jobs/job-kinds';
import { dismissOutcome } from '../../state/jobs/job-runner';
import { Banner } from './Banner';

interface OutcomeBannerProps {
  readonly outcome: JobOutcome;
  /** What can be done besides dismissing it. */
  readonly children?: ReactNode;
}

export function OutcomeBanner({ outcome, children }: OutcomeBannerProps) {
  const { title, text } = describeOutcome(outcome);
  return (
    <Banner
      kind={outcome.end === 'failed' ? 'problem' : 'notice'}
      actions={
        <>
          {children}
          <Button variant="default" onClick={dismissOutcome}>
            Dismiss
          </Button>
        </>
      }
    >
      <strong>{title}</strong>
      <p>{text}</p>
    </Banner>
  );
}
