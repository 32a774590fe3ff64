/** Asks about data that is missing, and about labels that do not fit or were not checked, before a goal or a search uses them. */
import { formatCount, formatList } from '../../../engine/format';
import { isDoubt } from '../../../engine/metrics/accuracy-warnings';
import type { AccuracyWarning } from '../../../engine/metrics/evaluation';
import { dataFilesOf, filesOf, originalFilesKey } from '../../platform/file-registry';
import { changeMapping, removeData } from '../data/data-actions';
import { checkEnded, checkWarnings, checkWithTime, openWarnings, skippedCheck } from '../data/data-check';
import { withoutLabels } from '../data/data-mapping';
import { proposalOf, takeProposal } from '../data/proposals';
import { hasJob, jobStore } from '../jobs/job-store';
import { ask } from '../window/app-store';
import { goTo } from '../workspace/navigation';
import { workspaceStore, type WorkData, type WorkspaceState } from '../workspace/workspace-store';

/**
 * Starts when the check of new data has ended without a warning. Otherwise it asks first, because a wrong mapping makes every
 * result useless. Does nothing if another model is opened meanwhile.
 */
export async function withCheckedData(verb: 'Search' | 'Run', start: () => Promise<void>): Promise<void> {
  const files = filesOf(originalFilesKey);
  await checkEnded();
  if (filesOf(originalFilesKey) !== files || hasJob(jobStore.getState(), 'open')) return;
  const state = workspaceStore.getState();
  if (state.data === null) return start();
  const missing = missingData(state, state.data);
  if (missing !== null) return askForData(missing, verb, start);
  // Other warnings of an evaluation concern single labels.
  const warning = checkWarnings(state)[0] ?? openWarnings(state).find(isDoubt);
  const check = skippedCheck(state);
  if (warning !== undefined) askAboutWarning(warning, verb, start);
  else if (check !== undefined) askToCheck(check, verb, start);
  else await start();
}

/** Why the data cannot be used, as a sentence; `null`: it can. */
function missingData(state: WorkspaceState, { evaluation: { key, description }, mapping }: WorkData): string | null {
  if (dataFilesOf(key) === undefined) return `The files of ${description.name} are not open.`;
  const unfed = state.original?.inspection.inputs.filter(({ name }) => !Object.hasOwn(mapping.inputs, name)) ?? [];
  const names = formatList(unfed.map(({ name }) => name));
  return unfed.length === 0 ? null : `${description.name} has no values for ${names}.`;
}

function askForData(missing: string, verb: string, start: () => Promise<void>): void {
  ask({
    title: `${verb} without data?`,
    text: `${missing} Without data, accuracy is unknown.`,
    confirmLabel: 'Check the data',
    onConfirm: () => goTo('data'),
    other: {
      label: `${verb} without data`,
      onChoose: () => {
        removeData();
        void start();
      },
    },
  });
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
  { skipped, neededMs }: NonNullable<ReturnType<typeof skippedCheck>>,
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
