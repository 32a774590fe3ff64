/** Opens a model on the start screen, and says why the last one could not be opened. */
import { Button, Group } from '@mantine/core';
import { commandById } from '../../../commands/command-registry';
import { currentJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { DropPanel } from '../../components/DropPanel';
import { OutcomeBanner } from '../../components/OutcomeBanner';
import { LockIcon } from '../../components/icons';
import classes from './StartScreen.module.css';

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
            or drop an <code>.onnx</code> or <code>.gguf</code> file or a folder anywhere.
          </p>
        </>
      }
    >
      <Group className={classes.promise} gap={8}>
        <LockIcon />
        Nothing leaves this device.
      </Group>
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
