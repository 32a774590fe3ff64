/** A running job: what it does, how far it is, how long it may take, and the way out. */
import { Button } from '@mantine/core';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { laneOf } from '../../state/jobs/job-kinds';
import { cancelJob, pauseJob, resumeJob } from '../../state/jobs/job-runner';
import { estimateRemainingMs, jobTitle, shareDone, type Job } from '../../state/jobs/job-store';
import { endsWithGoal, goalStore } from '../../state/search/goal-frame';
import classes from './Banner.module.css';

const LiveCurves = lazy(() => import('./charts/LiveCurves'));

/** The text has whole seconds, because tenths would claim too much precision. */
function waitText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds >= 90) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${seconds}\u00a0s left`;
}

function elapsedText(ms: number): string {
  return ms < 1000 ? '' : `${Math.floor(ms / 1000)}\u00a0s`;
}

function stageText({ progress, pass }: Job): string {
  const stage = progress?.stage ?? 'starting';
  return pass === null || pass.index >= pass.count
    ? stage
    : `pass ${pass.index + 1} of ${pass.count}, ${pass.title}: ${stage}`;
}

/** The time, as often as a waiting person looks at it: also when a job has nothing to tell for a while. */
function useNow(): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Every job that runs or waits, in the order in which they were asked for. */
export function JobList({ jobs }: { readonly jobs: readonly Job[] }) {
  return jobs.map((job) => <JobProgress key={job.id} job={job} />);
}

export function JobProgress({ job }: { readonly job: Job }) {
  const label = jobTitle(job);
  return (
    <section className={classes.job} aria-label={label}>
      <div className={classes.line}>
        <strong className={classes.label}>{label}</strong>
        <span className={classes.note}>
          {job.phase === 'running' ? <Remaining job={job} /> : phaseTexts[job.phase]}
        </span>
        <JobButtons job={job} />
      </div>
      {job.phase === 'waiting' && job.progress === null ? null : <Bar job={job} label={label} />}
      {job.curves.length === 0 ? null : (
        <Suspense fallback={null}>
          <LiveCurves curves={job.curves} />
        </Suspense>
      )}
    </section>
  );
}

const phaseTexts = { waiting: 'queued', paused: 'paused' } as const;

function Remaining({ job }: { readonly job: Job }) {
  const now = useNow();
  const endsAtMs = useStore(goalStore, (state) => (endsWithGoal(job) ? state.endsAtMs : null));
  const remaining = estimateRemainingMs(job, now);
  const mostMs = endsAtMs === null ? Infinity : Math.max(0, endsAtMs - now);
  // A goal ends with its time, whatever its job would take.
  if (mostMs < (remaining ?? Infinity)) return `at most ${Math.ceil(mostMs / 1000)}\u00a0s left`;
  return remaining === null ? elapsedText(now - job.startedAtMs) : waitText(remaining);
}

function JobButtons({ job: { id, kind, phase, pausable, canceling } }: { readonly job: Job }) {
  const canPause = pausable && laneOf(kind) === 'long' && !canceling;
  return (
    <div className={classes.actions}>
      {canPause && phase === 'running' ? (
        <Button variant="default" size="compact-sm" onClick={() => pauseJob(id)} data-job="pause">
          Pause
        </Button>
      ) : null}
      {canPause && phase === 'paused' ? (
        <Button variant="default" size="compact-sm" onClick={() => resumeJob(id)} data-job="resume">
          Resume
        </Button>
      ) : null}
      <Button variant="default" size="compact-sm" onClick={() => cancelJob(id)} disabled={canceling} data-job="cancel">
        {canceling ? 'Canceling' : 'Cancel'}
      </Button>
    </div>
  );
}

function Bar({ job, label }: { readonly job: Job; readonly label: string }) {
  const share = shareDone(job);
  return (
    <>
      <div
        className={classes.track}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === 0 ? undefined : Math.round(share * 100)}
      >
        {/* The job runs, and its progress is not known yet. */}
        {share === 0 && job.phase === 'running' ? (
          <div className={classes.waiting} />
        ) : (
          <div className={classes.bar} style={{ transform: `scaleX(${share})` }} />
        )}
      </div>
      <p className={classes.note}>{stageText(job)}</p>
    </>
  );
}
