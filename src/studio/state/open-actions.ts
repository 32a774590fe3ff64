/** Opening a model from files. Another model that is being worked on is replaced only after asking. */
import type { FreeDimensions } from '../../engine/data/feeds';
import type { ModelFiles, OpenedModel } from '../jobs/jobs';
import { loadSample, loadSampleData, type Sample, type SampleData } from '../platform/samples';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../platform/file-registry';
import { droppedPath } from '../platform/dropped-path';
import { isModelName } from '../platform/model-name';
import { announce, ask } from './app-store';
import { readSampleData, readWaitingData } from './data-actions';
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

interface Opening {
  readonly subject: string;
  readonly freeDimensions: FreeDimensions;
  readonly files: (signal: AbortSignal) => Promise<readonly File[]>;
  /** What may be data for the model. */
  readonly data: readonly File[];
  /** The rest of the same job, once the model is open. */
  readonly complete?: (signal: AbortSignal) => Promise<void>;
}

async function openNow({ subject, freeDimensions, files, data, complete }: Opening): Promise<void> {
  let external: ReadonlySet<string> = new Set();
  const isOpen = await runJob('open', subject, async (signal) => {
    const opened = await currentJobs().models.open(signal, await files(signal), reportProgress);
    begin(opened, freeDimensions);
    external = new Set(opened.inspection.externalFiles);
    await complete?.(signal);
    announce(`${opened.inspection.file.name} is open.`);
    goTo('studio');
  });
  if (isOpen && complete === undefined) await readWaitingData(data.filter((file) => !isAmong(external, file)));
}

/** External data is named relative to the model, a dropped file relative to what was dropped. */
function isAmong(external: ReadonlySet<string>, file: File): boolean {
  const path = droppedPath(file);
  return [...external].some((name) => path === name || path.endsWith(`/${name}`));
}

/** Opens a model and its external data; what lies beside them as data is read for it then. */
export function openModel(files: readonly File[], data: readonly File[]): void {
  const model = files.find((file) => isModelName(file.name)) ?? files[0];
  if (model === undefined) return;
  askAndOpen({ subject: model.name, freeDimensions: {}, files: () => Promise.resolve(files), data });
}

/** Opens a sample with the input sizes that suit it, and with its data when it has some. */
export function openSample(sample: Sample): void {
  let data: SampleData | null = null;
  askAndOpen({
    subject: sample.title,
    freeDimensions: sample.freeDimensions,
    files: async (signal) => {
      const model = await loadSample(signal, sample, reportProgress);
      data = await loadSampleData(signal, sample, reportProgress);
      return [model];
    },
    data: [],
    complete: async (signal) => {
      if (data !== null) await readSampleData(signal, data);
    },
  });
}

function askAndOpen(opening: Opening): void {
  const { original, variants } = workspaceStore.getState();
  const open = (): void => void openNow(opening);
  if (original === null || variants.length === 0) {
    open();
    return;
  }
  ask({
    title: `Replace ${original.inspection.file.name}?`,
    text: `Its ${variants.length === 1 ? 'variant' : `${variants.length} variants`} and measurements are closed. The recipe stays, ready to run on ${opening.subject}.`,
    confirmLabel: 'Replace',
    onConfirm: open,
  });
}
