/** Downloads the variant. The menu beside it offers other ways to store its weights. */
import { Button, Menu } from '@mantine/core';
import { commandById } from '../../../commands/command-registry';
import { needsDataFile, selectSelectedVariant } from '../../../state/workspace/selectors';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { ChevronIcon, DownloadIcon } from '../../components/icons';
import classes from './StudioScreen.module.css';
import { MenuEntry } from './MenuEntry';

export function DownloadButton({ primary }: { readonly primary: boolean }) {
  const variant = useWorkspace(selectSelectedVariant);
  const busy = useJob((state) => hasJob(state, 'download'));
  const isBundling = useJob((state) => hasJob(state, 'bundle'));
  const isCompiling = useJob((state) => hasJob(state, 'compile'));
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
            className={classes.downloadMore}
            aria-label="Ways to download"
          >
            <ChevronIcon />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <MenuEntry
            title="One file"
            note="Model and weights in one file."
            disabled={variant === null || large}
            onClick={commandById('download-variant').perform}
          />
          <MenuEntry
            title="Model and data file"
            note={
              large
                ? 'This variant exceeds 2 GB, the limit of one ONNX file. Weights are stored in a second file; one zip holds both.'
                : 'Model and weights as two files in one zip.'
            }
            disabled={variant === null || busy}
            onClick={commandById('download-with-data').perform}
          />
          <MenuEntry
            title="Compiled module"
            note="A WebAssembly module and its script, as a zip. Pages need no runtime."
            disabled={isCompiling}
            onClick={commandById('download-compiled').perform}
          />
          <MenuEntry
            title="Bundle to deploy"
            note="Model, measurements and files for Triton, Kubernetes, a Python server and more."
            disabled={isBundling}
            onClick={commandById('download-bundle').perform}
          />
        </Menu.Dropdown>
      </Menu>
    </Button.Group>
  );
}
