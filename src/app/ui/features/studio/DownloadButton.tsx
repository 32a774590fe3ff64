/** Downloads the variant; beside it, the choice of how its weights are kept. */
import { Button, Menu } from '@mantine/core';
import { commandById } from '../../../commands/command-registry';
import { needsDataFile, selectSelectedVariant } from '../../../state/workspace/selectors';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { ChevronIcon, DownloadIcon } from '../../components/icons';
import classes from './DownloadButton.module.css';
import { MenuEntry } from './MenuEntry';

export function DownloadButton({ primary }: { readonly primary: boolean }) {
  const variant = useWorkspace(selectSelectedVariant);
  const busy = useJob((state) => hasJob(state, 'download'));
  const isBundling = useJob((state) => hasJob(state, 'bundle'));
  const large = variant !== null && needsDataFile(variant);
  return (
    <Button.Group className={classes.group}>
      <CommandButton
        command="download-variant"
        primary={primary}
        disabled={variant === null || (large && busy)}
        icon={<DownloadIcon />}
      >
        Download
      </CommandButton>
      <Menu position="top-end" width={296}>
        <Menu.Target>
          <Button
            variant={primary ? 'filled' : 'default'}
            className={classes.more}
            disabled={variant === null}
            aria-label="Ways to download"
          >
            <ChevronIcon />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <MenuEntry
            title="One file"
            note="The model with its weights in it."
            disabled={large}
            onClick={commandById('download-variant').perform}
          />
          <MenuEntry
            title="Model and data file"
            note={
              large
                ? 'This variant is over 2 GB, where an ONNX file ends: its weights need a file of their own. Both come in one zip.'
                : 'The weights in a file of their own beside the model, both in one zip.'
            }
            disabled={busy}
            onClick={commandById('download-with-data').perform}
          />
          <MenuEntry
            title="Bundle to deploy"
            note="With what was measured, and the files of Triton, Kubernetes, a Python server and others."
            disabled={isBundling}
            onClick={commandById('download-bundle').perform}
          />
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  );
}
