/** What each layer of the original costs its outputs when a technique is applied to it alone: measured when a person asks. */
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { currentJobs, runJob } from '../jobs/job-runner';
import { selectVariant } from '../recipe/variant-actions';
import { announce } from '../window/app-store';
import { originalId, workspaceStore } from '../workspace/workspace-store';
import { recordSensitivity, sensitivityBasis, sensitivityOf } from './recorded-sensitivity';
import { searchedData } from './search-request';
import { chosenTechnique, sensitivityChoiceStore } from './sensitivity-choice';

/** The technique and the order that are chosen. What was measured before, also until it was broken off, is not measured again. */
export async function measureLayerSensitivity(): Promise<void> {
  const files = filesOf(originalFilesKey);
  const state = workspaceStore.getState();
  if (files === undefined || state.original === null) return;
  const { freeDimensions, threads } = state;
  const choice = sensitivityChoiceStore.getState();
  const { id, title } = chosenTechnique(state, choice);
  const known = sensitivityOf(state, id);
  const metric = choice.metric ?? known?.metric;
  const basis = sensitivityBasis(state);
  // Beside a variant's layers, nothing of it would be seen.
  selectVariant(originalId);
  const subject = state.original.inspection.file.name;
  await runJob('measure-sensitivity', subject, async (job) => {
    const found = await currentJobs().searches.sensitivity(
      {
        ...job,
        onProgress: (told) => ('kind' in told ? recordSensitivity(id, told.found, basis) : job.onProgress(told)),
      },
      files,
      {
        technique: id,
        ...(metric && { metric }),
        ...(known && { known }),
        data: searchedData(state),
        threads: threads ?? undefined,
        freeDimensions,
      },
    );
    recordSensitivity(id, found, basis);
    announce(`Measured what layers of ${subject} cost: ${title}.`);
  });
}
