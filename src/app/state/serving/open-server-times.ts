/** Opens the times that `measure-server` measured, from its document or from a bundle. They are shown for the model of the same bytes. */
import { formatList } from '../../../engine/format';
import { droppedPath } from '../../platform/dropped-path';
import { keepServerMeasurements } from '../benchmark/server-measurements';
import { currentJobs, runJob } from '../jobs/job-runner';
import { selectVariant } from '../recipe/variant-actions';
import { announce, notify } from '../window/app-store';
import { goTo } from '../workspace/navigation';
import { selectRowIds, variantName } from '../workspace/selectors';
import { workspaceStore } from '../workspace/workspace-store';
import { serverTimesOf, setServingRuntime } from './batch-times';
import { suggestServingWaits } from './serving-settings';

/** Selects the measured row, and simulates on these times. */
export async function openServerTimes(files: readonly File[]): Promise<void> {
  const names = formatList(files.map(({ name }) => name));
  await runJob('read-server-times', names, async (job) => {
    const given = files.map((file) => ({ path: droppedPath(file), file }));
    const documents = await currentJobs().serving.readMeasurements(job, given);
    keepServerMeasurements(documents);
    const state = workspaceStore.getState();
    const rows = [state.selected, ...selectRowIds(state)];
    const row = rows.find((id) => {
      const sha256 = serverTimesOf(state, id)?.server?.sha256;
      return documents.some((document) => document.sha256 === sha256);
    });
    if (row === undefined) {
      const models = formatList([...new Set(documents.map(({ model }) => model))]);
      notify(`${names} measured ${models}, which is not open here. Open that model to use its times.`, {
        kind: 'problem',
      });
      return;
    }
    selectVariant(row);
    setServingRuntime('native');
    suggestServingWaits(serverTimesOf(state, row)!.times);
    goTo('serving');
    announce(`Opened server times of ${variantName(state, row)}.`);
  });
}
