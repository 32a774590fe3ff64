/** Asks about labels that do not fit, or that nobody could check, before a goal or a search uses them. */
import { formatCount } from '../../../engine/format';
import { isDoubt } from '../../../engine/metrics/accuracy-warnings';
import type { AccuracyWarning } from '../../../engine/metrics/evaluation';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { changeMapping } from '../data/data-actions';
import { checkEnded, checkWarnings, checkWithTime, openWarnings, skippedCheck } from '../data/data-check';
import { withoutLabels } from '../data/data-mapping';
import { proposalOf, takeProposal } from '../data/proposals';
import { hasJob, jobStore } from '../jobs/job-store';
import { ask } from '../window/app-store';
import { goTo } from '../workspace/navigation';
import { workspaceStore } from '../workspace/workspace-store';

/**
 * Starts once the check of new data has found nothing. Otherwise it asks first, since a wrong mapping makes every
 * result useless. Does nothing if another model replaces the present one meanwhile.
 */
export async function withCheckedData(verb: 'Search' | 'Run', start: () => Promise<void>): Promise<void> {
  const files = filesOf(originalFilesKey);
  await checkEnded();
  if (filesOf(originalFilesKey) !== files || hasJob(jobStore.getState(), 'open')) return;
  const state = workspaceStore.getState();
  // Other warnings concern single labels.
  const warning = state.data === null ? undefined : (checkWarnings(state)[0] ?? openWarnings(state).find(isDoubt));
  const skipped = state.data === null ? undefined : skippedCheck(state);
  if (warning !== undefined) askAboutWarning(warning, verb, start);
  else if (skipped?.skipped !== undefined) askToCheck(skipped.skipped, skipped.neededMs, verb, start);
  else await start();
}

function askAboutWarning(warning: AccuracyWarning, verb: string, start: () => Promise<void>): void {
  const isFixable = proposalOf(warning) !== null;
  ask({
    title: `${verb} with this data?`,
    text: warning.message,
    confirmLabel: isFixable ? `Apply and ${verb.toLowerCase()}` : 'Check the data',
    onConfirm: () => {
      if (!isFixable) return goTo('data');
      takeProposal(warning);
      void start();
    },
    other: { label: `${verb} anyway`, onChoose: () => void start() },
  });
}

function askToCheck(
  skipped: string,
  neededMs: number | undefined,
  verb: 'Search' | 'Run',
  start: () => Promise<void>,
): void {
  const time = neededMs === undefined ? '' : ` (${formatCount(Math.max(1, Math.round(neededMs / 1000)))} s)`;
  ask({
    title: 'Labels not checked',
    text: `${skipped} If their classes are in another order than the model’s, every accuracy is wrong.`,
    confirmLabel: `Check now${time}`,
    onConfirm: () => {
      void checkWithTime();
      void withCheckedData(verb, start);
    },
    other: {
      label: `${verb} without labels`,
      onChoose: () => {
        changeMapping(withoutLabels, 'labels');
        void start();
      },
    },
  });
}
