import { beforeEach, describe, expect, it } from 'vitest';
import { cellOf, contextOf, dataOf, evaluationOf, newVariant, originalOf, sweepOf } from '../../testing/work-fixtures';
import { changeSplit } from '../data/data-actions';
import { recordEvaluations } from '../benchmark/evaluation-actions';
import { recordCell, recordSweep, setFreeDimension, setSeed, setThreads } from '../workspace/measurement-actions';
import { setStepOption } from '../recipe/recipe-actions';
import { addVariant } from '../recipe/variant-actions';
import { reportOfWorkspace, workspaceHeadline } from './workspace-report';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';

const report = () => reportOfWorkspace(workspaceStore.getState());

describe('the report of the work', () => {
  beforeEach(() => {
    endWork();
    beginWork(originalOf());
    addVariant(newVariant('variant-1'));
    recordCell(cellOf('variant-1', 'wasm'), contextOf());
  });

  it('is made once for any number of requests and edits of the recipe', () => {
    const before = report();
    setStepOption(0, 'perChannel', true);
    expect(report()).toBe(before);
  });

  it('names the teacher of a variant if it is another model than the original', () => {
    addVariant({ ...newVariant('variant-2'), teacher: { name: 'large.onnx', key: 'teacher-1' } });
    addVariant({ ...newVariant('variant-3'), teacher: null });
    expect(report()?.variants.map(({ teacher }) => teacher)).toEqual([undefined, 'large.onnx', undefined]);
  });

  it('has the date of the latest thing in it, also after a reload', () => {
    workspaceStore.setState(({ variants, original }) => ({
      variants: variants.map((variant) => ({ ...variant, madeAt: undefined })),
      original: { ...original!, openedAt: '2025-12-31T00:00:00.000Z' },
    }));
    expect(report()?.createdAt).toBe(contextOf().measuredAt);
    recordSweep({ ...sweepOf('original'), measuredAt: '2026-01-02T00:00:00.000Z' });
    expect(report()?.createdAt).toBe('2026-01-02T00:00:00.000Z');
  });

  it('follows measurements, and the settings that outdate them', () => {
    expect(report()?.cells).toHaveLength(1);
    recordCell(cellOf('original', 'wasm'), contextOf());
    expect(report()?.cells).toHaveLength(2);
    expect(report()?.cells[0]?.measuredWith).toBeUndefined();
    const { seed } = workspaceStore.getState();
    setSeed(seed + 1);
    expect(report()?.cells[0]?.measuredWith).toMatchObject({ seed: 1 });
    setSeed(seed);
  });

  it('holds settings that were tried with the present sizes and threads, whichever axis they vary', () => {
    const axes = () => report()?.sweeps?.map(({ variant, axis }) => `${variant} ${axis}`);
    recordSweep(sweepOf('variant-1'));
    recordSweep({ ...sweepOf('original'), axis: 'threads' });
    recordSweep(sweepOf('deleted'));
    expect(axes()).toEqual(['variant-1 batch', 'original threads']);
    setThreads(2);
    expect(axes()).toEqual(['original threads']);
    setThreads(null);
    recordSweep({ ...sweepOf('variant-1'), axis: 'N' });
    setFreeDimension('N', 7);
    expect(axes()).toEqual(['variant-1 N']);
  });

  it('asks to evaluate an accuracy of another split again, instead of calling it unknown', () => {
    const sentence = () => workspaceHeadline(workspaceStore.getState());
    workspaceStore.setState({ selected: 'variant-1' });
    expect(sentence()).toContain('Accuracy is unknown: random inputs cannot show it.');
    workspaceStore.setState({ data: dataOf() });
    expect(sentence()).toContain('Accuracy not evaluated yet.');
    recordEvaluations([evaluationOf('original'), evaluationOf('variant-1')], workspaceStore.getState());
    expect(sentence()).toContain('top-1 accuracy 97.9');
    expect(report()?.evaluationData?.mapping.task).toEqual({ kind: 'classification', output: 'y' });
    changeSplit({ evaluation: 50 });
    expect(sentence()).toContain('on other samples than you selected. Evaluate again');
    expect(sentence()).not.toContain('unknown');
  });
});
