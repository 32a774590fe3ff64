import { beforeEach, describe, expect, it } from 'vitest';
import { cellOf, contextOf, deviceOf, newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { recordCell, recordDevice, recordFailure, setFreeDimension } from './measurement-actions';
import { setStepOption, replaceRecipe } from '../recipe/recipe-actions';
import { advisorFacts } from '../report/advisor-facts';
import { selectPrimaryAction } from '../report/primary-action';
import type { Candidate } from '../../../engine/search/candidate';
import { usualGoal } from '../../../engine/search/search-goal';
import { evaluatedCandidate } from '../../../engine/search/testing/made-candidate';
import { searchBasis } from '../search/searched-candidate';
import { isRecipeStale } from '../recipe/made-by';
import {
  findReproduced,
  hasStaleCells,
  originalBytes,
  selectAvailableProviders,
  selectCellsToMeasure,
} from './selectors';
import { addVariant } from '../recipe/variant-actions';
import { beginWork, endWork, workspaceStore } from './workspace-store';

const state = () => workspaceStore.getState();

describe('the size of the original', () => {
  it('counts data files, and is the file alone in work that was saved without', () => {
    expect(originalBytes({ ...originalOf(), openedBytes: 5000 })).toBe(5000);
    expect(originalBytes(originalOf())).toBe(1000);
  });
});

describe('the next step', () => {
  beforeEach(() => {
    endWork();
    beginWork(originalOf());
    replaceRecipe(recipeOf('quantize-dynamic'), 'Start');
    recordDevice(deviceOf());
  });

  it('finds the best, then benchmarks, then downloads', () => {
    expect(selectPrimaryAction(state())).toBe('find');
    addVariant(newVariant('variant-1'));
    expect(selectPrimaryAction(state())).toBe('benchmark');
    const cell = cellOf('variant-1', 'wasm');
    // Nobody knows the loss from random inputs.
    recordCell(cell, contextOf());
    expect(selectPrimaryAction(state())).toBe('none');
    recordCell({ ...cell, outputMatch: { ...cell.outputMatch, inputs: 'data' } }, contextOf());
    expect(selectPrimaryAction(state())).toBe('download');
  });

  it('runs again once the recipe differs from the one that made the variant', () => {
    addVariant(newVariant('variant-1'));
    recordCell(cellOf('variant-1', 'wasm'), contextOf());
    setStepOption(0, 'perChannel', true);
    expect(isRecipeStale(state())).toBe(true);
    expect(selectPrimaryAction(state())).toBe('run');
    setStepOption(0, 'perChannel', undefined);
    expect(isRecipeStale(state())).toBe(false);
  });

  it('measures again once the input sizes differ from those measured', () => {
    addVariant(newVariant('variant-1'));
    recordCell(cellOf('variant-1', 'wasm'), contextOf());
    recordCell(cellOf('original', 'wasm'), contextOf());
    expect(hasStaleCells(state())).toBe(false);
    setFreeDimension('N', 4);
    expect(hasStaleCells(state())).toBe(true);
    expect(selectPrimaryAction(state())).toBe('benchmark');
    expect(selectCellsToMeasure(state(), 'variant-1')).toContainEqual({ variant: 'variant-1', ep: 'wasm' });
  });

  it('takes no result that is invalid with the present settings, and measures again with others', () => {
    addVariant(newVariant('variant-1'));
    const cell = cellOf('variant-1', 'wasm');
    const wrong = { ...cell, outputMatch: { ...cell.outputMatch, valid: false, problem: 'Unrelated.' } };
    recordCell(wrong, contextOf());
    const isAdvisedWrong = () => advisorFacts(state())?.variant?.isWrong;
    expect([selectPrimaryAction(state()), isAdvisedWrong()]).toEqual(['none', true]);
    setFreeDimension('N', 4);
    expect([selectPrimaryAction(state()), isAdvisedWrong()]).toEqual(['benchmark', false]);
  });

  it('offers no variant with other outputs, if its loss cannot be evaluated', () => {
    addVariant(newVariant('variant-1'));
    const cell = cellOf('variant-1', 'wasm');
    recordCell({ ...cell, outputMatch: { ...cell.outputMatch, identical: false, sqnrDb: 12 } }, contextOf());
    expect(selectPrimaryAction(state())).toBe('none');
  });

  it('offers neither benchmark nor download first for a variant in which nothing changed', () => {
    const variant = newVariant('variant-1');
    const sizeBytes = { original: 1000, variant: 999 };
    addVariant({ ...variant, optimization: { ...variant.optimization, passes: [], sizeBytes } });
    expect(selectPrimaryAction(state())).toBe('none');
  });

  it('takes the choice of a search only once other samples have confirmed it', () => {
    const found = evaluatedCandidate('a', { recipe: state().recipe });
    const searched = (candidate: Candidate): void => {
      workspaceStore.setState({
        search: {
          ...{
            goal: usualGoal,
            basis: searchBasis(state()),
            originalBytes: 1000,
            samples: { search: 100, confirm: 50 },
          },
          ...{ candidates: [candidate], leftOut: [], spentMs: 0, stopReason: 'time' },
        },
      });
    };
    addVariant(newVariant('variant-1'));
    const next = () => [selectPrimaryAction(state()), advisorFacts(state())?.variant?.known?.verdict.word];
    searched(found);
    expect(next()).toEqual(['none', 'probably-within']);
    searched({ ...found, confirmed: { ...found.loss!, value: 0.02, interval: [0.005, 0.035], word: 'contradicted' } });
    expect(next()).toEqual(['none', 'probably-outside']);
    const likely: Candidate = { ...found, confirmed: { ...found.loss!, word: 'consistent' } };
    searched(likely);
    expect(next()).toEqual(['none', 'probably-within']);
    searched({ ...found, confirmed: { ...found.loss!, word: 'confirmed' } });
    expect(next()).toEqual(['benchmark', 'within']);
    workspaceStore.setState(({ search }) => ({ search: { ...search!, doubt: 'Top-1 is 4 %.' } }));
    expect(next()[0]).toBe('none');
  });

  it('counts a failure as measured, and a new result replaces it', () => {
    addVariant(newVariant('variant-1'));
    recordFailure({ variant: 'variant-1', ep: 'webgpu', message: 'No adapter.' });
    // Nothing compared its outputs, so nothing shows that it is within the limit.
    expect(selectPrimaryAction(state())).toBe('none');
    recordCell(cellOf('variant-1', 'webgpu'), contextOf());
    expect(state().failures).toEqual({});
    recordFailure({ variant: 'variant-1', ep: 'webgpu', message: 'Lost.' });
    expect(state().cells).toEqual({});
  });

  it('measures variant and original on every provider of the device, fresh cells left out', () => {
    expect(selectAvailableProviders(state())).toEqual(['wasm', 'webgpu', 'webnn-cpu']);
    addVariant(newVariant('variant-1'));
    expect(selectCellsToMeasure(state(), 'variant-1')).toHaveLength(6);
    recordCell(cellOf('original', 'wasm'), contextOf());
    expect(selectCellsToMeasure(state(), 'variant-1')).toHaveLength(5);
    expect(selectCellsToMeasure(state(), 'original')).toEqual([
      { variant: 'original', ep: 'webgpu' },
      { variant: 'original', ep: 'webnn-cpu' },
    ]);
  });
});

it('finds the variant with the bytes or the recipe of the report, and none by its name alone', () => {
  beginWork(originalOf());
  const asked = { recipe: recipeOf('convert-float16'), variantFile: { sha256: 'b'.repeat(64), sizeBytes: 500 } };
  const found = () => findReproduced(state(), asked)?.id;
  addVariant(newVariant('other', 'float16'));
  expect(found()).toBeUndefined();
  addVariant(newVariant('same recipe', 'another name', asked.recipe));
  expect(found()).toBe('same recipe');
  const { inspection, ...made } = newVariant('same bytes', 'a third name', recipeOf('simplify'));
  addVariant({ ...made, inspection: { ...inspection, file: { ...inspection.file, ...asked.variantFile } } });
  expect(found()).toBe('same bytes');
  endWork();
});
