/** Saves the selected model as a WebAssembly module that needs no runtime. */
import { describeCheck } from '../../../engine/compile/describe-check';
import { formatBytes } from '../../../engine/format';
import type { CompiledModule } from '../../jobs/jobs';
import { saveBlob } from '../../platform/save-blob';
import { inputsOfData } from '../data/inputs-of-data';
import { currentJobs, runJob } from '../jobs/job-runner';
import { notify } from '../window/app-store';
import { workspaceStore } from '../workspace/workspace-store';
import { downloadNameOf } from './download-actions';
import { selectedModel } from './selected-model';

/** As many as `pareto compile` checks a module on. */
const checkedSamples = 16;

/** The module is checked against the model before it is saved. A model that cannot be compiled ends the job with what is missing. */
export async function downloadCompiled(): Promise<void> {
  const model = await selectedModel();
  const { original } = workspaceStore.getState();
  if (model === null || original === null) return;
  const { name: opened } = original.inspection.file;
  const name = model.variant === null ? opened : downloadNameOf(opened, model.variant);
  await runJob('compile', name, async (job) => {
    const state = workspaceStore.getState();
    const feeds = await inputsOfData(job.signal, state, checkedSamples);
    const request = { files: model.files, name, feeds, dimensions: state.freeDimensions };
    const made = await currentJobs().benchmarks.compile(job, request);
    saveBlob(made.blob, made.name);
    notify(describeModule(made));
  });
}

function describeModule({ name, report }: CompiledModule): string {
  const { codeBytes, weightBytes } = report;
  return `${name} runs without a runtime: ${formatBytes(codeBytes)} of code, ${formatBytes(weightBytes)} of weights. ${describeCheck(report)}.`;
}
