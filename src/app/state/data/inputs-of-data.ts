/** Inputs from the data of the work, for measurements that need inputs. */
import type { Feeds } from '../../../engine/data/feeds';
import { dataFilesOf } from '../../platform/file-registry';
import { currentJobs, sentenceOf } from '../jobs/job-runner';
import { notify } from '../window/app-store';
import { originalId, type WorkspaceState } from '../workspace/workspace-store';
import { currentContext } from './data-selectors';

/** Inputs from the first samples that evaluate the variants. `null`: no sample can be read, and inputs are random. */
export async function inputsOfData(
  signal: AbortSignal,
  state: WorkspaceState,
  count: number,
): Promise<readonly Feeds[] | null> {
  const { data, original, freeDimensions } = state;
  const context = currentContext(state, originalId);
  const files = data === null ? undefined : dataFilesOf(data.evaluation.key);
  if (context === null || files === undefined || original === null) return null;
  const { inputs, outputs } = original.inspection;
  const { mapping, split } = context;
  try {
    const request = { model: { inputs, outputs, freeDimensions }, mapping, split, count };
    const feeds = await currentJobs().data.inputs({ signal }, files, request);
    if (feeds.length > 0) return feeds;
    notify('The data could not be read. Measurements use random inputs.', { kind: 'problem' });
  } catch (error) {
    signal.throwIfAborted();
    notify(`${sentenceOf(error)} Measurements use random inputs instead.`, { kind: 'problem' });
  }
  return null;
}
