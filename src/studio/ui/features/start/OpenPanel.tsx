/** The place to drop on. The whole window takes drops; this says so, and shows what became of the last one. */
import { Button } from '@mantine/core';
import { commandById } from '../../../commands/command-registry';
import { useJob } from '../../../state/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { JobProgress } from '../../components/JobProgress';
import { OutcomeBanner } from '../../components/OutcomeBanner';
import { LockIcon } from '../../components/icons';
import classes from './OpenPanel.module.css';

export function OpenPanel() {
  const job = useJob((state) => state.job);
  return (
    <section className={classes.panel} aria-label="Open a model">
      <LastOutcome />
      {job?.kind === 'open' ? (
        <div className={classes.progress}>
          <JobProgress job={job} />
        </div>
      ) : (
        <div className={classes.invitation}>
          <CommandButton command="open-model" primary />
          <p>
            or drop it anywhere in this window: an <code>.onnx</code> file, one together with its external data, or a
            whole folder. Pasting works too.
          </p>
        </div>
      )}
      <p className={classes.promise}>
        <LockIcon />
        <span>Nothing leaves this device. Models are read, changed and measured in this browser.</span>
      </p>
    </section>
  );
}

function LastOutcome() {
  const outcome = useJob((state) => state.outcome);
  if (outcome === null || outcome.kind !== 'open') return null;
  return (
    <OutcomeBanner outcome={outcome}>
      <Button variant="default" onClick={commandById('open-model').perform}>
        Open another file
      </Button>
    </OutcomeBanner>
  );
}
