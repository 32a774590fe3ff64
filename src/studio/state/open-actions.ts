/** Opening a model from files. Another model that is being worked on is replaced only after asking. */
import type { FreeDimensions } from '../../engine/data/feeds';
import type { ModelFiles, OpenedModel } from '../jobs/jobs';
import { loadSample, type Sample } from '../platform/samples';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../platform/file-registry';
import { isModelName } from '../platform/model-name';
import { announce, ask } from './app-store';
import { currentJobs, reportProgress, runJob } from './job-runner';
import { goTo } from './navigation';
import { beginWork, workspaceStore } from './workspace-store';

function sizeOfFiles({ model, externalData }: ModelFiles): number {
  return externalData.reduce((sum, { data }) => sum + data.size, model.size);
}

function begin(opened: OpenedModel, freeDimensions: FreeDimensions): void {
  forgetAllFiles();
  keepFiles(originalFilesKey, opened.files);
  beginWork(
    {
      inspection: opened.inspection,
      filesKey: originalFilesKey,
      openedBytes: sizeOfFiles(opened.files),
      reencodedBytes: opened.reencodedBytes,
    },
    freeDimensions,
  );
}

type FileSource = (signal: AbortSignal) => Promise<readonly File[]>;

async function openNow(source: FileSource, subject: string, freeDimensions: FreeDimensions): Promise<void> {
  await runJob('open', subject, async (signal) => {
    const opened = await currentJobs().models.open(signal, await source(signal), reportProgress);
    begin(opened, freeDimensions);
    announce(`${opened.inspection.file.name} is open.`);
    goTo('studio');
  });
}

/** Opens a model and its external data. */
export function openModel(files: readonly File[]): void {
  const model = files.find((file) => isModelName(file.name)) ?? files[0];
  if (model !== undefined) askAndOpen(() => Promise.resolve(files), model.name, {});
}

/** Opens a sample, with the input sizes that suit it. */
export function openSample(sample: Sample): void {
  askAndOpen(async (signal) => [await loadSample(signal, sample, reportProgress)], sample.title, sample.freeDimensions);
}

function askAndOpen(source: FileSource, subject: string, freeDimensions: FreeDimensions): void {
  const { original, variants } = workspaceStore.getState();
  const open = (): void => void openNow(source, subject, freeDimensions);
  if (original === null || variants.length === 0) {
    open();
    return;
  }
  ask({
    title: `Replace ${original.inspection.file.name}?`,
    text: `Its ${variants.length === 1 ? 'variant' : `${variants.length} variants`} and measurements are closed. The recipe stays, ready to run on ${subject}.`,
    confirmLabel: 'Replace',
    onConfirm: open,
  });
}
