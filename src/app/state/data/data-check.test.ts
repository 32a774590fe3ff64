import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccuracyWarning } from '../../../engine/metrics/evaluation';
import { usualGoal } from '../../../engine/search/search-goal';
import type { Jobs } from '../../jobs/jobs';
import { allFiles, forgetAllFiles, keepAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { dataOf, evaluationOf, originalOf } from '../../testing/work-fixtures';
import { recordEvaluations } from '../benchmark/evaluation-actions';
import { endOtherJobs, provideJobs, runJob } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { followGoal } from '../search/goal-actions';
import { findBest } from '../search/search-actions';
import { answerQuestion, appStore } from '../window/app-store';
import { undo } from '../workspace/history';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { changeClassOrder, changeMapping, readData } from './data-actions';
import { reportOfWorkspace } from '../report/workspace-report';
import { checkData, checkEnded, checkWarnings, dataCheckStore, openWarnings, skippedCheck } from './data-check';
import { takeProposal } from './proposals';

const state = () => workspaceStore.getState();
const inputs = { x: { array: 'x', scale: 0.5 } };
const preprocessing: AccuracyWarning = { code: 'preprocessing', message: 'Accuracy would be 90 %.', inputs };
const forgetDataFiles = (): void => keepAllFiles({ models: allFiles().models, data: new Map() });
const goal = { ...usualGoal, families: ['bits'] };

describe('the look at data that has just arrived', () => {
  const check = vi.fn<Jobs['data']['check']>();
  const search = vi.fn<Jobs['searches']['search']>();

  beforeEach(async () => {
    endWork();
    const numbers = { name: 'x', dtype: 'float32', shape: [1, 4] };
    beginWork({ ...originalOf(), inspection: { ...originalOf().inspection, inputs: [numbers], outputs: [numbers] } });
    keepFiles(originalFilesKey, { model: new Blob(['x']), name: 'model.onnx', externalData: [] });
    const { description, fingerprint } = dataOf().evaluation;
    check.mockReset().mockResolvedValue({ samples: 64, warnings: [preprocessing] });
    search.mockReset().mockResolvedValue(null);
    provideJobs({
      data: {
        open: () => Promise.resolve({ description, fingerprint }),
        suggest: () => Promise.resolve(dataOf().suggestion),
        labels: () => Promise.resolve(null),
        check,
      },
      searches: { search },
    } as unknown as Jobs);
    dataCheckStore.setState({ latest: null });
    appStore.setState({ question: null });
    await readData([new File(['x'], 'digits.npz')]);
    await checkEnded();
  });

  afterEach(() => {
    forgetAllFiles();
    endWork();
  });

  it('is taken once data is read, and stands until the mapping changes', () => {
    expect(check).toHaveBeenCalledTimes(1);
    expect(checkWarnings(state())).toEqual([preprocessing]);
    takeProposal(preprocessing);
    expect(state().data?.mapping.inputs).toEqual(inputs);
    expect(checkWarnings(state())).toEqual([]);
  });

  it('is taken again for another class order, which reads the labels in another way', async () => {
    changeClassOrder(['b', 'a']);
    await checkEnded();
    expect(check).toHaveBeenCalledTimes(2);
    expect(check.mock.calls[1]![2].mapping.labels?.classes).toEqual(['b', 'a']);
    check.mockReturnValue(new Promise(() => undefined));
    changeClassOrder(['a', 'b']);
    changeClassOrder(['b', 'a']);
    // A check that was overtaken is no canceled job that a person must dismiss.
    expect(jobStore.getState().outcome).toBeNull();
  });

  it('warns of more classes than scores before the model runs, and also if it is too slow', async () => {
    let end: (found: { samples: number; skipped: string; warnings: [] }) => void = () => undefined;
    check.mockReset().mockReturnValue(new Promise((resolve) => (end = resolve)));
    const { data } = state();
    const classes = ['cat', 'dog', 'bird', 'fish', 'horse'];
    const mapping = { ...data!.mapping, labels: { array: 'labels', classes } };
    workspaceStore.setState({ data: { ...data!, mapping } });
    const checked = checkData();
    const messages = () => checkWarnings(state()).map(({ message }) => message);
    const expected = [expect.stringMatching(/^The output has 4 classes, but the data has 5: "horse" is left over/)];
    expect(messages()).toEqual(expected);
    end({ samples: 0, skipped: 'The labels were not checked.', warnings: [] });
    await checked;
    expect(messages()).toEqual(expected);
  });

  it('gives way to an evaluation of the original, which says more', () => {
    recordEvaluations([evaluationOf('original')], state());
    expect(checkWarnings(state())).toEqual([]);
  });

  it('stands while the original was evaluated on other data alone', async () => {
    recordEvaluations([evaluationOf('original')], state());
    const { description } = dataOf().evaluation;
    provideJobs({
      data: {
        open: () => Promise.resolve({ description, fingerprint: 'of other data' }),
        suggest: () => Promise.resolve(dataOf().suggestion),
        labels: () => Promise.resolve(null),
        check,
      },
    } as unknown as Jobs);
    await readData([new File(['y'], 'others.npz')]);
    await checkEnded();
    expect(checkWarnings(state())).toEqual([preprocessing]);
  });

  it('is taken again for another mapping while it runs, whose result alone counts', async () => {
    const ends: ((found: { samples: number; warnings: readonly AccuracyWarning[] }) => void)[] = [];
    check.mockReset().mockImplementation(() => new Promise((resolve) => void ends.push(resolve)));
    const first = checkData();
    takeProposal(preprocessing);
    const second = checkData();
    expect(check).toHaveBeenCalledTimes(2);
    ends[1]!({ samples: 64, warnings: [] });
    ends[0]!({ samples: 64, warnings: [preprocessing] });
    await Promise.all([first, second]);
    expect(dataCheckStore.getState().latest?.warnings).toEqual([]);
  });

  it('lets no search begin in a model that is replaced meanwhile', async () => {
    check.mockReset().mockReturnValue(new Promise(() => undefined));
    void checkData();
    const found = findBest(goal);
    const opened = runJob('open', 'other.onnx', (job) => {
      endOtherJobs(job);
      return Promise.resolve();
    });
    await Promise.all([found, opened]);
    expect(search).not.toHaveBeenCalled();
  });

  it('stops a search with a question that applies a better mapping, or continues anyway', async () => {
    await findBest(goal);
    expect(search).not.toHaveBeenCalled();
    expect(appStore.getState().question).toMatchObject({
      text: preprocessing.message,
      confirmLabel: 'Apply and search',
    });
    answerQuestion('other');
    await vi.waitFor(() => expect(search).toHaveBeenCalledTimes(1));
    expect(search.mock.calls[0]?.[2].data?.mapping.inputs).toEqual(dataOf().mapping.inputs);
    await findBest(goal);
    answerQuestion(true);
    await vi.waitFor(() => expect(search).toHaveBeenCalledTimes(2));
    expect(search.mock.calls[1]?.[2].data?.mapping.inputs).toEqual(inputs);
  });

  it('asks about unchecked labels before a search or a goal uses them', async () => {
    const skipped = 'The labels were not checked: the model takes 188 ms per sample.';
    check.mockReset().mockResolvedValue({ samples: 0, skipped, neededMs: 20_000, warnings: [] });
    await checkData();
    await findBest(goal);
    expect(search).not.toHaveBeenCalled();
    expect(appStore.getState().question).toMatchObject({
      title: 'Labels not checked',
      confirmLabel: 'Check now (20 s)',
      other: { label: 'Search without labels' },
    });
    check.mockResolvedValue({ samples: 64, warnings: [preprocessing] });
    answerQuestion(true);
    await vi.waitFor(() => expect(appStore.getState().question).toMatchObject({ text: preprocessing.message }));
    expect(check.mock.lastCall?.[2]).toMatchObject({ mostMs: 40_000 });
    dataCheckStore.setState({ latest: null });
    check.mockResolvedValue({ samples: 0, skipped, neededMs: 20_000, warnings: [] });
    await checkData();
    await followGoal('smaller');
    expect(appStore.getState().question).toMatchObject({ other: { label: 'Run without labels' } });
    await findBest(goal);
    answerQuestion('other');
    await vi.waitFor(() => expect(search).toHaveBeenCalledTimes(1));
    expect(search.mock.calls[0]?.[2].data?.mapping.labels).toBeNull();
  });

  it.each([
    ['files that are not open', 'digits', () => forgetDataFiles()],
    ['inputs that it does not fill', 'x', () => changeMapping((mapping) => ({ ...mapping, inputs: {} }), 'inputs')],
  ])('asks before a search or a goal runs without %s', async (_case, named, lose) => {
    lose();
    await followGoal('smaller');
    expect(appStore.getState().question).toMatchObject({ other: { label: 'Run without data' } });
    await findBest(goal);
    expect(search).not.toHaveBeenCalled();
    expect(appStore.getState().question).toMatchObject({
      text: expect.stringContaining(named),
      confirmLabel: 'Check the data',
      other: { label: 'Search without data' },
    });
    answerQuestion('other');
    await vi.waitFor(() => expect(search).toHaveBeenCalledTimes(1));
    expect(search.mock.calls[0]?.[2].data).toBeNull();
    undo();
    expect(state().data).not.toBeNull();
  });

  it('keeps warnings of the evaluated original, and asks about them', async () => {
    const order: AccuracyWarning = { code: 'class-order', message: 'Another order fits.', classes: ['b', 'a'] };
    const evaluation = evaluationOf('original');
    dataCheckStore.setState({ latest: null });
    recordEvaluations([{ ...evaluation, accuracy: { ...evaluation.accuracy!, warnings: [order] } }], state());
    expect([checkWarnings(state()), openWarnings(state())]).toEqual([[], [order]]);
    await followGoal('smaller');
    expect(appStore.getState().question).toMatchObject({ text: order.message, confirmLabel: 'Apply and run' });
  });

  it('is waited for by a search', async () => {
    let end: (found: { samples: number; warnings: readonly AccuracyWarning[] }) => void = () => undefined;
    check.mockReturnValue(new Promise((resolve) => (end = resolve)));
    void checkData();
    const found = findBest(goal);
    await Promise.resolve();
    expect(search).not.toHaveBeenCalled();
    end({ samples: 64, warnings: [] });
    await found;
    expect(search).toHaveBeenCalledTimes(1);
  });

  it('says why it was skipped, until it was taken with more time or the original was evaluated', async () => {
    const skipped = 'The labels were not checked: the model takes 2.10 s per sample.';
    check.mockReset().mockResolvedValue({ samples: 0, skipped, warnings: [] });
    await checkData();
    expect([skippedCheck(state()), checkWarnings(state())]).toMatchObject([{ skipped }, []]);
    expect(reportOfWorkspace(state())).toMatchObject({ notes: [skipped] });
    recordEvaluations([evaluationOf('original')], state());
    expect(skippedCheck(state())).toBeUndefined();
    expect(reportOfWorkspace(state())).not.toHaveProperty('notes');
    undo();
    check.mockResolvedValue({ samples: 64, warnings: [preprocessing] });
    await checkData(60_000);
    expect(check.mock.lastCall?.[2]).toMatchObject({ mostMs: 60_000 });
    expect([skippedCheck(state()), checkWarnings(state())]).toEqual([undefined, [preprocessing]]);
  });

  it('stays silent after a failure, which the evaluation reports', async () => {
    check.mockRejectedValue(new Error('no memory'));
    dataCheckStore.setState({ latest: null });
    await checkData();
    expect(checkWarnings(state())).toEqual([]);
  });
});
