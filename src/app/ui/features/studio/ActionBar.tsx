/** What can be done with the selected variant. The next sensible thing is filled. */
import { formatCounted } from '../../../../engine/format';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { selectCellsToMeasure } from '../../../state/workspace/selectors';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { LinkIcon } from '../../components/icons';
import classes from './ActionBar.module.css';
import { DownloadButton } from './DownloadButton';

export function ActionBar() {
  const primary = useWorkspace(selectPrimaryAction);
  const cellCount = useWorkspace((state) => selectCellsToMeasure(state, state.selected).length);
  const busy = useJob((state) => hasJob(state, 'benchmark'));
  const count = formatCounted(cellCount, 'cell');
  return (
    <div className={classes.bar} role="group" aria-label="Actions">
      <CommandButton command="benchmark" primary={primary === 'benchmark' && !busy} disabled={busy}>
        Benchmark{cellCount === 0 ? null : <span className={classes.count}>&nbsp;{count}</span>}
      </CommandButton>
      <DownloadButton primary={primary === 'download' && !busy} />
      <CommandButton command="copy-link" icon={<LinkIcon />}>
        Share
      </CommandButton>
    </div>
  );
}
