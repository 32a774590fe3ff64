/** The actions on the selected variant. The next sensible one is filled. */
import { formatCounted } from '../../../../engine/format';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { selectCellsToMeasure, selectMeasuredProviders } from '../../../state/workspace/selectors';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { LinkIcon } from '../../components/icons';
import classes from './StudioScreen.module.css';
import { DownloadButton } from './DownloadButton';

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
