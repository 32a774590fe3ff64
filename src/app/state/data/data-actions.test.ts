import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ParetoError } from '../../../engine/errors';
import type { Jobs } from '../../jobs/jobs';
import { dataFilesOf } from '../../platform/file-registry';
import { dataOf, originalOf, recipeOf, sourceOf } from '../../testing/work-fixtures';
import { answerQuestion, appStore } from '../window/app-store';
import { changeMapping, keepForNextModel, readData, readWaitingData, resetMapping } from './data-actions';
import { redo, undo } from '../workspace/history';
import { provideJobs } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';

const file = (name: string): File => new File(['x'], name);
const state = () => workspaceStore.getState();

describe('reading data', () => {
  const open = vi.fn<Jobs['data']['open']>();
  const suggest = vi.fn<Jobs['data']['suggest']>();
  const labels = vi.fn<Jobs['data']['labels']>();
  beforeEach(() => {
    endWork();
    beginWork({ ...originalOf(), inspection: { ...originalOf().inspection, inputs: dataInputs, outputs: dataInputs } });
    const { description, fingerprint } = dataOf().evaluation;
    open.mockReset().mockResolvedValue({ description, fingerprint });
    suggest.mockReset().mockResolvedValue(dataOf().suggestion);
    labels.mockReset().mockResolvedValue(null);
    provideJobs({ data: { open, suggest, labels } } as unknown as Jobs);
  });

  it('keeps the files under their fingerprint, takes the suggestion and is one step of undo', async () => {
    await readData([file('digits.npz')]);
    expect(state().data).toMatchObject({ mapping: dataOf().mapping, split: { calibration: 0, evaluation: null } });
    expect(dataFilesOf(dataOf().evaluation.key)?.map(({ path }) => path)).toEqual(['digits.npz']);
    expect(appStore.getState().screen).toBe('data');
    undo();
    expect(state().data).toBeNull();
  });

  it('changes nothing when the files cannot be read, and says why', async () => {
    await readData([file('digits.npz')]);
    const before = state().data;
    open.mockRejectedValue(new ParetoError('zip/damaged', 'broken.zip is damaged.'));
    await readData([file('broken.zip')]);
    expect(state().data).toBe(before);
    expect(jobStore.getState().outcome).toMatchObject({ kind: 'read-data', message: 'broken.zip is damaged.' });
  });

  it('asks before data that does not fit replaces data that does, and can be undone', async () => {
    await readData([file('digits.npz')]);
    const fitting = state().data;
    const misfit = sourceOf('texts');
    const fields = [{ name: 'text', kind: 'text', dtype: 'string', shape: [] }] as const;
    open.mockResolvedValue({ ...misfit, description: { ...misfit.description, fields } });
    suggest.mockResolvedValue({ mapping: { inputs: {}, labels: null }, reasons: [] });
    await readData([file('texts.csv')]);
    expect(state().data).toBe(fitting);
    expect(appStore.getState().question).toMatchObject({
      title: 'Replace digits?',
      text: expect.stringMatching(/^texts does not fit model\.onnx\. .*"x"/) as string,
    });
    answerQuestion(false);
    expect(state().data).toBe(fitting);

    await readData([file('texts.csv')]);
    answerQuestion(true);
    await vi.waitFor(() => expect(state().data?.evaluation.description.name).toBe('texts'));
    undo();
    expect(state().data).toBe(fitting);
    redo();
    // Nothing that fits is lost.
    await readData([file('texts.csv')]);
    expect(appStore.getState().question).toBeNull();
  });

  it('keeps an edited mapping for other data with the same fields', async () => {
    await readData([file('a.npz')]);
    changeMapping((mapping) => ({ ...mapping, inputs: { x: { array: 'x', scale: 0.5 } } }), 'x');
    await readData([file('b.npz')]);
    expect(state().data?.mapping.inputs).toEqual({ x: { array: 'x', scale: 0.5 } });
    resetMapping();
    expect(state().data?.mapping).toEqual(dataOf().mapping);
  });

  it('keeps a tokenizer for the texts that it is for, and joins it to those that are there', async () => {
    const pathsOf = (call: number) => open.mock.calls[call]?.[1].map(({ path }) => path);
    await readData([file('tokenizer.json')]);
    expect(open).not.toHaveBeenCalled();
    await readData([file('texts.csv')]);
    expect(pathsOf(0)).toEqual(['texts.csv', 'tokenizer.json']);
    await readData([file('digits.npz')]);
    expect(pathsOf(1)).toEqual(['digits.npz']);
    await readData([file('texts.jsonl'), file('other-tokenizer.json')]);
    await readData([file('tokenizer.json')]);
    expect(pathsOf(3)).toEqual(['texts.jsonl', 'tokenizer.json']);
    await readWaitingData([]);
    await readData([file('texts.csv')]);
    expect(pathsOf(4)).toEqual(['texts.csv']);
  });

  it('follows a recipe that says how data is fed', async () => {
    const mapping = { inputs: { x: { array: 'x', offset: 1 } }, labels: null };
    const split = { seed: 3, calibration: 5, evaluation: 10 };
    workspaceStore.setState({ recipe: { ...recipeOf('quantize-dynamic'), data: { mapping, split } } });
    await readData([file('a.npz')]);
    expect(state().data).toMatchObject({ mapping, split });
  });

  it('only brings back the files of data that restored work has lost', async () => {
    const data = dataOf();
    workspaceStore.setState({ data, missingData: [data.evaluation.key] });
    await readData([file('digits.npz')]);
    expect(state().missingData).toEqual([]);
    expect(state().data).toBe(data);
    expect(suggest).not.toHaveBeenCalled();
  });

  it('takes other files to calibrate with', async () => {
    await readData([file('a.npz')]);
    const { description, fingerprint } = sourceOf('other');
    open.mockResolvedValue({ description, fingerprint });
    await readData([file('other.npz')], 'calibration');
    expect(state().data?.calibration?.description.name).toBe('other');
    expect(state().data?.evaluation).toMatchObject(dataOf().evaluation);
  });

  it('keeps data that is dropped without a model until one opens, and no longer', async () => {
    keepForNextModel([file('digits.npz')]);
    await readWaitingData([]);
    expect(open).toHaveBeenCalledTimes(1);
    await readWaitingData([]);
    expect(open).toHaveBeenCalledTimes(1);
  });
});

const dataInputs = [{ name: 'x', dtype: 'float32', shape: ['N', 4] }];
