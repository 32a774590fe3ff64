/** What each layer of the original alone costs its outputs in 8 and in 4 bits: measured when a person asks. */
import type { Sensitivity } from '../../../engine/search/sensitivity';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { currentJobs, runJob } from '../jobs/job-runner';
import { selectVariant } from '../recipe/variant-actions';
import { announce } from '../window/app-store';
import { originalId, workspaceStore } from '../workspace/workspace-store';
import { recordSensitivity } from './recorded-sensitivity';
import { searchedData } from './search-request';
import { searchBasis } from './searched-candidate';

export async function measureLayerSensitivity(): Promise<void> {
  const files = filesOf(originalFilesKey);
  const state = workspaceStore.getState();
  if (files === undefined || state.original === null) return;
  const { freeDimensions, threads } = state;
  const basis = searchBasis(state);
  const subject = state.original.inspection.file.name;
  // Beside a variant's layers, nothing of it would be seen.
  selectVariant(originalId);
  await runJob('measure-sensitivity', subject, async (job) => {
    const request = { data: searchedData(state), threads: threads ?? undefined, freeDimensions };
    const found: readonly Sensitivity[] = await currentJobs().searches.sensitivity(job, files, request);
    recordSensitivity(files, { found, basis });
    announce(`Measured the sensitivity of ${subject}.`);
  });
}
