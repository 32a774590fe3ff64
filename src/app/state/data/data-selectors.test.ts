import { beforeEach, describe, expect, it } from 'vitest';
import { dataOf, evaluationOf, newVariant, originalOf, sourceOf } from '../../testing/work-fixtures';
import { changeMapping, changeSplit, removeData } from './data-actions';
import { recordEvaluations } from '../benchmark/evaluation-actions';
import { calibratesOnSameFiles, splitCounts, usedSplit } from './calibration';
import {
  changeSinceEvaluation,
  isDataFed,
  isEvaluationStale,
  labeledEvaluation,
  mappingToPassOn,
  selectRowsToEvaluate,
  wholeSplit,
} from './data-selectors';
import { undo } from '../workspace/history';
import { addVariant } from '../recipe/variant-actions';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';

const state = () => workspaceStore.getState();

describe('the split', () => {
  it('begins with all samples evaluated, as the command line does', () => {
    expect(splitCounts({ ...dataOf(), split: wholeSplit })).toEqual({ calibration: 0, evaluation: 100 });
  });

  it('keeps calibration and evaluation apart when both are the same files', () => {
    const split = { seed: 1, calibration: 30, evaluation: null };
    const apart = { ...dataOf(), split, calibration: sourceOf('other', 64) };
    expect(calibratesOnSameFiles(apart)).toBe(false);
    expect(usedSplit(apart).calibration).toBe(0);
    expect(splitCounts(apart)).toEqual({ calibration: 64, evaluation: 100 });
    const same = { ...apart, calibration: apart.evaluation };
    expect(calibratesOnSameFiles(same)).toBe(true);
    expect(usedSplit(same).calibration).toBe(30);
    expect(splitCounts(same)).toEqual({ calibration: 30, evaluation: 70 });
  });
});

describe('data that fits', () => {
  it('feeds every input: one input without data makes all of it unusable', () => {
    const { inspection, ...rest } = originalOf();
    const inputs = ['x', 'mask'].map((name) => ({ name, dtype: 'float32', shape: [1, 4] }));
    const withInputs = (count: number) => ({ ...rest, inspection: { ...inspection, inputs: inputs.slice(0, count) } });
    expect(isDataFed({ original: withInputs(1), data: dataOf() })).toBe(true);
    expect(isDataFed({ original: withInputs(2), data: dataOf() })).toBe(false);
    expect(isDataFed({ original: withInputs(1), data: null })).toBe(false);
  });
});

describe('evaluations', () => {
  beforeEach(() => {
    endWork();
    beginWork(originalOf());
    addVariant(newVariant('variant-1'));
    workspaceStore.setState({ data: dataOf() });
    recordEvaluations([evaluationOf('original'), evaluationOf('variant-1')], state());
  });

  it('hold until data, mapping or split change, and hold again after undo', () => {
    expect(selectRowsToEvaluate(state())).toEqual([]);
    changeMapping((mapping) => ({ ...mapping, inputs: { x: { array: 'x', scale: 2 } } }), 'x');
    expect(changeSinceEvaluation(state(), 'variant-1|wasm')).toBe('more');
    expect(selectRowsToEvaluate(state())).toEqual(['original', 'variant-1']);
    undo();
    changeSplit({ evaluation: 50 });
    expect(changeSinceEvaluation(state(), 'original|wasm')).toBe('split');
    expect(isEvaluationStale(state(), 'original|wasm')).toBe(true);
    undo();
    expect(isEvaluationStale(state(), 'original|wasm')).toBe(false);
    // The split is written in another way, but its samples are the same.
    changeSplit({ evaluation: 100, seed: 7 });
    expect(isEvaluationStale(state(), 'original|wasm')).toBe(false);
    undo();
    removeData();
    expect(isEvaluationStale(state(), 'original|wasm')).toBe(true);
    undo();
    expect(selectRowsToEvaluate(state())).toEqual([]);
  });

  it('of a new variant take the original along, which it is compared with', () => {
    addVariant(newVariant('variant-2', 'Other'));
    expect(selectRowsToEvaluate(state())).toEqual(['original', 'variant-2']);
  });

  it('keep the mapping that they were made with, also when it was edited meanwhile', () => {
    const asked = state();
    changeMapping((mapping) => ({ ...mapping, labels: null }), 'labels');
    recordEvaluations([evaluationOf('original')], asked);
    expect(state().evaluations['original|wasm']?.context.mapping).toEqual(asked.data?.mapping);
    expect(isEvaluationStale(state(), 'original|wasm')).toBe(true);
  });

  it('pass on the task of the original, while they are valid and no task is chosen', () => {
    const passedOn = () => mappingToPassOn({ ...state(), data: state().data! }).task;
    expect(passedOn()).toEqual({ kind: 'classification', output: 'y' });
    changeSplit({ evaluation: 50 });
    expect(passedOn()).toBeUndefined();
    undo();
    changeMapping((mapping) => ({ ...mapping, task: { kind: 'match' } }), 'task');
    expect(passedOn()).toEqual({ kind: 'match' });
  });

  it('of the chosen provider stand for a variant', () => {
    recordEvaluations([{ ...evaluationOf('original'), ep: 'webgpu', samples: 7 }], state());
    expect(labeledEvaluation(state(), 'original')?.evaluation.ep).toBe('wasm');
    workspaceStore.setState({ evaluationProvider: 'webgpu' });
    expect(labeledEvaluation(state(), 'original')?.evaluation.samples).toBe(7);
    expect(labeledEvaluation(state(), 'variant-1')?.evaluation.ep).toBe('wasm');
  });

  it('name classes that the data only counts', () => {
    const data = dataOf();
    workspaceStore.setState({
      data: { ...data, evaluation: { ...data.evaluation, classNames: ['T-shirt', 'Trouser'] } },
    });
    recordEvaluations([evaluationOf('original')], state());
    const { evaluation } = state().evaluations['original|wasm']!;
    expect(evaluation.accuracy?.classes?.names).toEqual(['T-shirt', 'Trouser']);
  });
});
