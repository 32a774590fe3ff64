/** The actions on the selected variant. The next sensible one is filled. */
import { formatCounted } from '../../../../engine/format';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import {
  needsDataFile,
  selectCellsToMeasure,
  selectMeasuredProviders,
  selectSelectedVariant,
} from '../../../state/workspace/selectors';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { ChevronIcon, DownloadIcon, LinkIcon } from '../../components/icons';
import classes from './StudioScreen.module.css';
import { Button, Menu } from '@mantine/core';
import { commandById } from '../../../commands/command-registry';
import { MenuEntry } from './MenuEntry';

export function ActionBar() {
  const primary = useWorkspace(selectPrimaryAction);
  const busy = useJob((state) => hasJob(state, 'benchmark'));
  return (
    <div id="actions" tabIndex={-1} className={classes.bar} role="group" aria-label="Actions">
      <MeasureButton isNext={primary === 'benchmark'} busy={busy} />
      <DownloadButton primary={primary === 'download' && !busy} />
      <CommandButton command="copy-link" icon={<LinkIcon />}>
        Share
      </CommandButton>
    </div>
  );
}

/** Measures the cells that nobody measured yet; the benchmark screen selects among all cells. */
function MeasureButton({ isNext, busy }: { readonly isNext: boolean; readonly busy: boolean }) {
  const cellCount = useWorkspace((state) => selectCellsToMeasure(state, state.selected).length);
  const isMeasured = useWorkspace((state) => selectMeasuredProviders(state, state.selected).length > 0);
  if (!isNext) return <CommandButton command="go-benchmark">Benchmark</CommandButton>;
  if (!isMeasured) {
    return (
      <CommandButton command="measure-selected" primary={!busy} disabled={busy}>
        Measure
      </CommandButton>
    );
  }
  return (
    <CommandButton command="benchmark" primary={!busy} disabled={busy}>
      Benchmark
      {cellCount === 0 ? null : <span className={classes.count}>&nbsp;{formatCounted(cellCount, 'cell')}</span>}
    </CommandButton>
  );
}

/** Downloads the variant. The menu beside it offers other ways to store its weights. */
function DownloadButton({ primary }: { readonly primary: boolean }) {
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
