/** Opening a model from files. Another model that is being worked on is replaced only after asking. */
import type { FreeDimensions } from '../../engine/data/feeds';
import type { OpenedModel } from '../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../platform/file-registry';
import { announce, ask } from './app-store';
import { currentJobs, reportProgress, runJob } from './job-runner';
import { goTo } from './navigation';
import { beginWork, workspaceStore } from './workspace-store';

function begin(opened: OpenedModel, freeDimensions: FreeDimensions): void {
  forgetAllFiles();
  keepFiles(originalFilesKey, opened.files);
  beginWork(
    { inspection: opened.inspection, filesKey: originalFilesKey, reencodedBytes: opened.reencodedBytes },
    freeDimensions,
  );
}

async function openNow(files: readonly File[], subject: string, freeDimensions: FreeDimensions): Promise<void> {
  await runJob('open', subject, async (signal) => {
    const opened = await currentJobs().models.open(signal, files, reportProgress);
    begin(opened, freeDimensions);
    announce(`${opened.inspection.file.name} is open.`);
    goTo('studio');
  });
}

/** Opens a model and its external data. `freeDimensions`: sizes that are known to suit it (a sample's). */
export function openModel(files: readonly File[], freeDimensions: FreeDimensions = {}): void {
  const { original, variants } = workspaceStore.getState();
  const model = files.find((file) => file.name.toLowerCase().endsWith('.onnx')) ?? files[0];
  if (model === undefined) return;
  const open = (): void => void openNow(files, model.name, freeDimensions);
  if (original === null || variants.length === 0) {
    open();
    return;
  }
  ask({
    title: `Replace ${original.inspection.file.name}?`,
    text: `Its ${variants.length === 1 ? 'variant' : `${variants.length} variants`} and measurements are closed. The recipe stays, ready to run on ${model.name}.`,
    confirmLabel: `Open ${model.name}`,
    onConfirm: open,
  });
}
