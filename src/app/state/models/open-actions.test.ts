import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ParetoError } from '../../../engine/errors';
import type { Jobs, ModelFiles, OpenedModel } from '../../jobs/jobs';
import { findHubFolder } from '../../../engine/deploy/transformersjs/hub-folder';
import { modelFilesOf } from '../../platform/dropped-folder';
import { filesOf, forgetAllFiles, forgetFiles, keepFiles } from '../../platform/file-registry';
import { dataOf, newVariant, originalOf } from '../../testing/work-fixtures';
import { answerQuestion, appStore } from '../window/app-store';
import { provideJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { hasJob, jobStore } from '../jobs/job-store';
import { folderOfWork } from './model-folder';
import { waitingTokenizer } from '../data/waiting-files';
import { openModelFiles, openModelOfFolder } from './open-actions';
import { parkedPart, selectedOf } from './parked-parts';
import { partsOfFolder } from '../report/folder-parts';
import { addVariant } from '../recipe/variant-actions';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Files with `bad` in their names are no models. */
function open(_: AbortSignal, [file]: readonly File[]): Promise<OpenedModel> {
  const { name } = file!;
  if (name.includes('bad')) return Promise.reject(new ParetoError('format/not-onnx', `${name} is no ONNX model.`));
  const files: ModelFiles = { model: new Blob([name]), name, externalData: [] };
  const tokenizer = new File([name], 'tokenizer.json');
  const converted = name.endsWith('.gguf')
    ? { note: 'Its weights become float32.', sizeBytes: 7, tokenizer }
    : undefined;
  return Promise.resolve({ inspection: originalOf(name).inspection, files, converted });
}

async function openFile(name: string): Promise<void> {
  openModelFiles([new File([name], name)], []);
  await settle();
}

const openName = () => workspaceStore.getState().original?.inspection.file.name;

describe('opening a model while another has variants', () => {
  // The page loads these modules on demand; the test loads them first.
  beforeAll(() => Promise.all([import('../recipe/suggested-recipe'), import('../recipe/compare-file')]));
  beforeEach(() => {
    // The address is all of the browser that showing a screen needs.
    Object.assign(globalThis, { location: { hash: '' } });
    provideJobs({ models: { open } } as unknown as Jobs);
    endWork();
    beginWork(originalOf('first.onnx'));
    addVariant(newVariant('variant-1'));
    appStore.setState({ question: null });
    jobStore.setState({ outcome: null });
  });

  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'location');
    forgetAllFiles();
    endWork();
  });

  it('asks nothing when the file is no model', async () => {
    await openFile('bad.onnx');
    expect(appStore.getState().question).toBeNull();
    expect(jobStore.getState().outcome).toMatchObject({ end: 'failed', message: 'bad.onnx is no ONNX model.' });
    expect(openName()).toBe('first.onnx');
  });

  it('keeps the tokenizer of a GGUF file for its texts, and for no other model', async () => {
    endWork();
    await openFile('writer.gguf');
    expect(waitingTokenizer()?.name).toBe('tokenizer.json');
    expect(workspaceStore.getState().original?.openedBytes).toBe(7);
    expect(appStore.getState().notices.at(-1)?.text).toContain('Its weights become float32.');
    endWork();
    await openFile('other.onnx');
    expect([openName(), waitingTokenizer()]).toEqual(['other.onnx', null]);
  });

  it('asks once it is known to open, and keeps the work until then', async () => {
    await openFile('second.onnx');
    expect(appStore.getState().question?.title).toBe('Replace first.onnx?');
    expect(workspaceStore.getState().variants).toHaveLength(1);
    answerQuestion(false);
    await settle();
    expect(openName()).toBe('first.onnx');
    await openFile('second.onnx');
    answerQuestion(true);
    await settle();
    expect(openName()).toBe('second.onnx');
    expect(workspaceStore.getState().variants).toEqual([]);
  });

  it('leaves a search that runs alone unless the model is replaced', async () => {
    const untilEnded = ({ signal }: { readonly signal: AbortSignal }) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const searching = runJob('search', 'first.onnx', untilEnded);
    void searching.then(() => runJob('benchmark', '2 cells', untilEnded));
    workspaceStore.setState({ variants: [] });
    await openFile('bad.onnx');
    await openFile('second.onnx');
    expect(appStore.getState().question?.text).toContain('Replacing closes its search and measurements.');
    answerQuestion(false);
    await settle();
    expect([openName(), hasJob(jobStore.getState(), 'search')]).toEqual(['first.onnx', true]);
    await openFile('second.onnx');
    answerQuestion(true);
    expect(await searching).toBe(false);
    await settle();
    expect([openName(), hasJob(jobStore.getState(), 'benchmark')]).toEqual(['second.onnx', false]);
  });

  it.each([
    ['an evaluation', { evaluations: { 'original|wasm': {} } }],
    ['a time', { cells: { 'original|wasm': {} } }],
    ['a sensitivity', { sensitivities: { basis: {} } }],
    ['a search beside the one in view', { otherSearches: [{}] }],
  ])('asks before it closes %s', async (_, found) => {
    endWork();
    beginWork(originalOf('first.onnx'));
    await openFile('second.onnx');
    expect([appStore.getState().question, openName()]).toEqual([null, 'second.onnx']);
    workspaceStore.setState(found as never);
    await openFile('third.onnx');
    expect(appStore.getState().question?.text).toContain('Replacing closes its measurements.');
    expect(openName()).toBe('second.onnx');
  });

  it('offers saved work on the same model, which new work would replace', async () => {
    endWork();
    const { file } = originalOf('first.onnx').inspection;
    const saved = { id: file.sha256, name: file.name, sizeBytes: 1, savedAt: '2026-11-27T10:00:00Z' };
    const counts = { variantCount: 0, cellCount: 0 };
    appStore.setState({ recentWork: [{ ...saved, ...counts, holdsResults: true }] });
    await openFile('first.onnx');
    expect(openName()).toBeUndefined();
    expect(appStore.getState().question).toMatchObject({
      title: 'Continue with first.onnx?',
      text: 'Its results from 27 Nov are saved. Starting over removes them.',
    });
    answerQuestion('other');
    await settle();
    expect(openName()).toBe('first.onnx');
    endWork();
    appStore.setState({ recentWork: [{ ...saved, ...counts, holdsResults: false }] });
    await openFile('first.onnx');
    expect([appStore.getState().question, openName()]).toEqual([null, 'first.onnx']);
    appStore.setState({ recentWork: [] });
  });

  it('says that data was mapped to the previous model', async () => {
    workspaceStore.setState({ data: dataOf() });
    await openFile('second.onnx');
    expect(appStore.getState().question?.text).toContain('Replacing closes its variant, data and measurements.');
    answerQuestion(true);
    await settle();
    expect(workspaceStore.getState().data).toBeNull();
    expect(appStore.getState().notices.at(-1)?.text).toBe(
      'second.onnx is open without data: digits was mapped to the previous model.',
    );
  });
});

describe('opening another part of the folder', () => {
  beforeAll(() => import('../recipe/suggested-recipe'));
  beforeEach(() => {
    Object.assign(globalThis, { location: { hash: '' }, history: { pushState: () => undefined } });
    provideJobs({ models: { open } } as unknown as Jobs);
    appStore.setState({ question: null });
    endWork();
  });

  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'location');
    Reflect.deleteProperty(globalThis, 'history');
    forgetAllFiles();
    endWork();
  });

  const openPart = async (path: string): Promise<void> => {
    openModelOfFolder(path, folderOfWork(workspaceStore.getState())!);
    await settle();
  };

  it('keeps the work on each part, without a question', async () => {
    const sizes = { 'onnx/encoder_model.onnx': 1, 'onnx/decoder_model.onnx': 2, 'config.json': 2 };
    const files = new Map(
      Object.entries(sizes).map(([path, size]) => [path, new File(['{}'.slice(0, size)], path.split('/').at(-1)!)]),
    );
    const hub = findHubFolder(Object.entries(sizes).map(([path, sizeBytes]) => ({ path, sizeBytes })))!;
    const folder = { hub, files };
    openModelFiles(modelFilesOf(folder), [], folder);
    await settle();
    addVariant(newVariant('variant-1'));
    keepFiles('variant-1', { model: new Blob(['v']), name: 'v.onnx', externalData: [] });
    await openPart('onnx/encoder_model.onnx');
    expect([openName(), appStore.getState().question]).toEqual(['encoder_model.onnx', null]);
    expect([workspaceStore.getState().variants, filesOf('variant-1')]).toEqual([[], undefined]);
    const left = selectedOf(parkedPart(folder, 'onnx/decoder_model.onnx')!);
    expect(left).toMatchObject({ variant: { id: 'variant-1' }, files: { name: 'v.onnx' } });
    const openedPart = {
      ...originalOf('encoder_model.onnx'),
      files: filesOf('original')!,
      name: 'original',
      variant: null,
    };
    const partsNow = () => partsOfFolder({} as JobHandle, folderOfWork(workspaceStore.getState())!, openedPart);
    expect((await partsNow()).map(({ selected }) => selected.files.name)).toEqual(['encoder_model.onnx', 'v.onnx']);
    await openPart('onnx/decoder_model.onnx');
    expect(openName()).toBe('decoder_model.onnx');
    expect(workspaceStore.getState().variants).toMatchObject([{ id: 'variant-1' }]);
    expect(filesOf('variant-1')).toMatchObject({ name: 'v.onnx' });
    expect(folderOfWork(workspaceStore.getState())?.hub.model.path).toBe('onnx/decoder_model.onnx');
    forgetFiles('variant-1');
    await openPart('onnx/encoder_model.onnx');
    await expect(partsNow()).rejects.toThrow('Open decoder_model.onnx and download the variant');
  });
});
