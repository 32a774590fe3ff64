/** Where a model is dropped on the start screen, with what became of the last one. */
import { Button } from '@mantine/core';
import { commandById } from '../../../commands/command-registry';
import { currentJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { DropPanel } from '../../components/DropPanel';
import { OutcomeBanner } from '../../components/OutcomeBanner';
import { LockIcon } from '../../components/icons';
import classes from './OpenPanel.module.css';

export function OpenPanel() {
  const job = useJob(currentJob);
  return (
    <DropPanel
      label="Open a model"
      outcome={<LastOpening />}
      job={job?.kind === 'open' ? job : null}
      invitation={
        <>
          <CommandButton command="open-model" primary />
          <p>
            or drop it anywhere: an <code>.onnx</code> file, with its external data, or a folder.
          </p>
        </>
      }
    >
      <p className={classes.promise}>
        <LockIcon />
        <span>Nothing leaves this device.</span>
      </p>
    </DropPanel>
  );
}

function LastOpening() {
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
