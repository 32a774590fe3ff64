import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InspectedValue } from '../../../engine/analysis/inspection';
import { reportToMarkdown } from '../../../engine/report/markdown';
import { parseReport } from '../../../engine/report/report-schema';
import type { Jobs, ModelFiles, OpenedModel } from '../../jobs/jobs';
import { filesOf, forgetAllFiles, forgetFiles } from '../../platform/file-registry';
import { newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { answerQuestion, appStore } from '../window/app-store';
import { provideJobs } from '../jobs/job-runner';
import { isRecipeStale } from './made-by';
import { downloadNameOf } from './download-actions';
import { remakeVariant, runRecipe } from './optimize-actions';
import { addVariant, selectVariant } from './variant-actions';
import { reportOfWorkspace, workspaceHeadline } from '../report/workspace-report';
import { readSavedWork, saveableWork } from '../storage/saved-work';
import { undo } from '../workspace/history';
import { isUnchanged } from '../workspace/selectors';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { compareFiles } from './compare-file';
import { openModelFiles } from '../models/open-actions';

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const input = (name: string): InspectedValue => ({ name, dtype: 'float32', shape: [1, 3] });
const state = () => workspaceStore.getState();

/** Files with `other` in their names take another input, and `renamed` ones name their output otherwise. */
function open(_: unknown, [file]: readonly File[]): Promise<OpenedModel> {
  const { name, size } = file!;
  const files: ModelFiles = { model: file!, name, externalData: [] };
  const { inspection } = originalOf(name);
  const inputs = [input(name.includes('other') ? 'pixels' : 'x')];
  const outputs = [input(name.includes('renamed') ? '24' : 'y')];
  const sha256 = [...name]
    .map((letter) => letter.charCodeAt(0).toString(16))
    .join('')
    .padEnd(64, '0')
    .slice(0, 64);
  return Promise.resolve({
    inspection: { ...inspection, inputs, outputs, file: { name, sizeBytes: size, sha256 } },
    files,
  });
}

const fileOf = (name: string) => new File(['0123456789'], name);

describe('a file of another tool', () => {
  // The page loads this module on demand; the test loads it first.
  beforeAll(() => import('../recipe/suggested-recipe'));
  beforeEach(() => {
    provideJobs({ models: { open } } as unknown as Jobs);
    endWork();
    const original = originalOf('first.onnx');
    beginWork({ ...original, inspection: { ...original.inspection, inputs: [input('x')], outputs: [input('y')] } });
    appStore.setState({ question: null, notices: [] });
  });

  afterEach(() => {
    forgetAllFiles();
    endWork();
  });

  it('becomes a variant that undo takes back, and the recipe in view stays', async () => {
    workspaceStore.setState({ recipe: recipeOf('prune-weights') });
    await compareFiles([fileOf('int8.onnx')]);
    const [variant] = state().variants;
    expect(variant).toMatchObject({ name: 'int8', fromFile: 'int8.onnx', recipe: { steps: [] } });
    expect(variant!.optimization.sizeBytes).toEqual({ original: 1000, variant: 10 });
    expect(state().selected).toBe(variant!.id);
    expect([isUnchanged(variant!), isRecipeStale(state())]).toEqual([false, false]);
    selectVariant('original');
    selectVariant(variant!.id);
    expect(state().recipe.steps[0]?.pass).toBe('prune-weights');
    expect(downloadNameOf('first.onnx', variant!)).toBe('int8.onnx');
    undo();
    undo();
    expect(state().variants).toEqual([]);
  });

  it('is one variant, however often it is opened, whose bytes come back with it', async () => {
    await compareFiles([fileOf('int8.onnx')]);
    addVariant(newVariant('variant-9'));
    const [{ filesKey } = { filesKey: '' }, made] = state().variants;
    forgetFiles(filesKey);
    expect(await remakeVariant(state().variants[0]!)).toBe(false);
    expect(appStore.getState().notices.at(-1)?.text).toBe('int8 is no longer open. Open int8.onnx again to use it.');
    await compareFiles([fileOf('int8.onnx')]);
    expect(state().variants).toHaveLength(2);
    expect(state().selected).not.toBe(made!.id);
    expect(filesOf(filesKey)?.name).toBe('int8.onnx');
  });

  it('is measured by the names of the original if its outputs have others', async () => {
    await compareFiles([fileOf('renamed.onnx')]);
    expect(filesOf(state().variants[0]!.filesKey)?.outputNames).toEqual(new Map([['24', 'y']]));
    expect(appStore.getState().notices.at(-1)?.text).toBe(
      'Outputs of renamed.onnx have other names. They are matched by order and shape: “24” is “y”.',
    );
  });

  it('is refused with the name of the input that differs', async () => {
    await compareFiles([fileOf('other.onnx')]);
    expect(state().variants).toEqual([]);
    expect(appStore.getState().notices.at(-1)?.text).toBe(
      'other.onnx cannot be compared with first.onnx: it has no input “x”, but one named “pixels”.',
    );
  });

  it('is offered as a variant when it is dropped, or to be opened instead', async () => {
    openModelFiles([fileOf('int8.onnx')], []);
    await settle();
    await settle();
    expect(appStore.getState().question).toMatchObject({ title: 'Compare with first.onnx?', confirmLabel: 'Compare' });
    answerQuestion(true);
    await settle();
    await settle();
    expect(state().variants).toHaveLength(1);
    openModelFiles([fileOf('second.onnx')], []);
    await settle();
    await settle();
    answerQuestion('other');
    await settle();
    await settle();
    expect(state().original?.inspection.file.name).toBe('second.onnx');
  });

  it('opens without a question if it cannot be compared and no work is lost', async () => {
    openModelFiles([fileOf('other.onnx')], []);
    await settle();
    await settle();
    expect(appStore.getState().question).toBeNull();
    expect(state().original?.inspection.file.name).toBe('other.onnx');
  });

  it('is refused if another model was opened before the choice', async () => {
    openModelFiles([fileOf('int8.onnx')], []);
    await settle();
    await settle();
    const { original } = state();
    const { inspection } = original!;
    beginWork({ ...original!, inspection: { ...inspection, inputs: [input('pixels')] } });
    answerQuestion(true);
    await settle();
    await settle();
    expect(state().variants).toEqual([]);
    expect(appStore.getState().notices.at(-1)?.text).toContain('int8.onnx cannot be compared with first.onnx');
  });

  it('is another one with other weights in a data file', async () => {
    provideJobs({
      models: {
        open: async (_: unknown, files: readonly File[]) => {
          const opened = await open(_, files);
          const inspection = { ...opened.inspection, externalFiles: ['weights.bin'] };
          return { ...opened, inspection };
        },
      },
    } as unknown as Jobs);
    await compareFiles([fileOf('tuned.onnx')]);
    await compareFiles([fileOf('tuned.onnx')]);
    expect(state().variants.map(({ name }) => name)).toEqual(['tuned', 'tuned (2)']);
  });

  it('is named as such in the report and in saved work', async () => {
    await compareFiles([fileOf('int8.onnx')]);
    const report = parseReport(JSON.parse(JSON.stringify(reportOfWorkspace(state()))));
    expect(report.variants[0]).toMatchObject({ fromFile: 'int8.onnx', passes: [] });
    expect(reportToMarkdown(report)).toContain('- Opened from int8.onnx, without a recipe.');
    expect(workspaceHeadline(state())).toMatch(/^int8: 100× smaller\./);
    const saved = JSON.parse(JSON.stringify(saveableWork(state(), '2026-01-01T00:00:00.000Z')));
    const read = readSavedWork(saved);
    expect(read?.damaged).toEqual([]);
    expect(read?.work.variants[0]).toMatchObject({ fromFile: 'int8.onnx', name: 'int8' });
  });

  it('is never the result of an empty recipe', async () => {
    const asked: unknown[] = [];
    provideJobs({
      models: {
        open,
        optimize: (...given: readonly unknown[]) => {
          asked.push(given);
          return Promise.reject(new DOMException('Stopped.', 'AbortError'));
        },
      },
    } as unknown as Jobs);
    await compareFiles([fileOf('int8.onnx')]);
    selectVariant('original');
    await runRecipe({ version: 1, seed: 0, steps: [] });
    expect(state().selected).toBe('original');
  });
});
