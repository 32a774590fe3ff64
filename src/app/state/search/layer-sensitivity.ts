/**
 * The cost of each layer of the original for its outputs when a technique is applied to it alone. It is measured on
 * request.
 */
import { sensitivityBudgetMs, type Sensitivity } from '../../../engine/search/sensitivity';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { currentJobs, runJob } from '../jobs/job-runner';
import { announce } from '../window/app-store';
import { workspaceStore } from '../workspace/workspace-store';
import { endSensitivity, recordSensitivity, sensitivityBasis, sensitivityOf } from './recorded-sensitivity';
import { searchedData } from './search-request';
import { chosenTechnique, sensitivityChoiceStore } from './sensitivity-choice';

/** Measures by the chosen technique and order. Earlier results, also those of a stopped run, are not measured again. */
export async function measureLayerSensitivity(): Promise<void> {
  const files = filesOf(originalFilesKey);
  const state = workspaceStore.getState();
  if (files === undefined || state.original === null) return;
  const { freeDimensions, threads } = state;
  const choice = sensitivityChoiceStore.getState();
  const { id, title } = chosenTechnique(state, choice);
  const known = sensitivityOf(state, id, choice.metric);
  const metric = choice.metric ?? known?.metric;
  const basis = sensitivityBasis(state);
  const subject = state.original.inspection.file.name;
  await runJob('measure-sensitivity', subject, async (job) => {
    const record = (update: Sensitivity): void => {
      // Other work may have taken the place of this one.
      if (!job.signal.aborted) recordSensitivity(id, update, basis);
    };
    const found = await currentJobs().searches.sensitivity(
      {
        ...job,
        onProgress: (update) => ('kind' in update ? record(update.found) : job.onProgress(update)),
      },
      files,
      {
        technique: id,
        ...(metric && { metric }),
        // A first measurement ends within a minute; who continues it wants all of it.
        ...(known && { known }),
        ...((known === null || known.metric !== metric) && { budgetMs: sensitivityBudgetMs }),
        data: searchedData(state),
        threads: threads ?? undefined,
        freeDimensions,
      },
    );
    record(found);
    const some = found.isOver ? '' : ` ${found.layers.length} of ${found.count} layers so far.`;
    announce(`Measured the sensitivity of ${subject}: ${title}.${some}`);
  });
  endSensitivity();
}
