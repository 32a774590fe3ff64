/**
 * Describes how the last job ended without a result, in the same words on each screen; nothing on screens that the job
 * does not concern.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { describeOutcome, isShownOn, type JobOutcome } from '../../state/jobs/job-kinds';
import { dismissOutcome } from '../../state/jobs/job-runner';
import { useApp, useJob } from '../../state/workspace/use-stores';
import { Banner } from './Banner';

export function LastOutcome() {
  const screen = useApp((state) => state.screen);
  const outcome = useJob((state) => state.outcome);
  return outcome === null || !isShownOn(screen, outcome) ? null : <OutcomeBanner outcome={outcome} />;
}

interface OutcomeBannerProps {
  readonly outcome: JobOutcome;
  /** Actions besides dismissing the banner. */
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
