import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleSource } from '../../../engine/report/testing/report-source';
import { evaluatedCandidate } from '../../../engine/search/testing/made-candidate';
import { usualGoal } from '../../../engine/search/search-goal';
import { cellOf, contextOf, newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { recordCell, recordComparison } from '../workspace/measurement-actions';
import { addVariant } from '../recipe/variant-actions';
import { reportOfWorkspace } from './workspace-report';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { searchBasis } from '../search/searched-candidate';
import { searchedTradeOff, workTradeOff } from './work-trade-off';
import { describeLeft, describeSearch } from '../../../engine/search/describe-search';

const tradeOff = () => workTradeOff(workspaceStore.getState());
const shown = () => tradeOff()?.candidates.map(({ id, stage, loss }) => [id, stage, loss?.of]);

describe('the trade-off of the work', () => {
  beforeEach(() => beginWork(originalOf()));
  afterEach(endWork);

  it('holds variants by hand without a search, and recommends none of them', () => {
    expect(tradeOff()).toBeNull();
    addVariant(newVariant('variant-1'));
    expect(shown()).toEqual([['variant-1', 'made', undefined]]);
    recordCell(cellOf('variant-1', 'wasm'), contextOf());
    expect(shown()).toEqual([['variant-1', 'evaluated', 'outputs']]);
    expect(tradeOff()).toMatchObject({ best: null, nearestMiss: null });
  });

  it('counts no variant by hand as a recipe that a search evaluated', () => {
    const { loss: _loss, screening: _screening, sizeBytes: _size, ...planned } = evaluatedCandidate('small');
    workspaceStore.setState({
      search: {
        goal: usualGoal,
        basis: searchBasis(workspaceStore.getState()),
        originalBytes: 990,
        samples: { search: 0, confirm: 0 },
        candidates: [{ ...planned, stage: 'held', reason: 'Not tried: time ran out.' }],
        leftOut: [],
        stopReason: 'time',
        spentMs: 1,
      },
    });
    addVariant(newVariant('variant-1'));
    recordCell(cellOf('variant-1', 'wasm'), contextOf());
    expect(shown()).toEqual([
      ['small', 'held', undefined],
      ['variant-1', 'evaluated', 'outputs'],
    ]);
    const found = searchedTradeOff(workspaceStore.getState())!;
    expect(describeSearch(found)).toMatch(/^No recipe was evaluated: time ran out\./);
    expect(describeLeft(found)).toBe('1 of 1 recipe is not evaluated yet.');
  });

  it('adds variants to the candidates of a search, each once, and mixes no units on an axis', () => {
    const searched = evaluatedCandidate('small', { recipe: recipeOf('simplify') });
    workspaceStore.setState({
      search: {
        goal: usualGoal,
        basis: searchBasis(workspaceStore.getState()),
        originalBytes: 990,
        samples: { search: 1200, confirm: 0 },
        candidates: [searched],
        leftOut: [],
        stopReason: 'finished',
        spentMs: 1,
      },
    });
    addVariant(newVariant('variant-1', 'Simplified', recipeOf('simplify')));
    addVariant(newVariant('variant-2'));
    recordCell(cellOf('variant-2', 'wasm'), contextOf());
    expect(shown()).toEqual([
      ['small', 'evaluated', 'accuracy'],
      ['variant-2', 'made', undefined],
    ]);
    // The search took no times, a benchmark of the variant that is its candidate did.
    const times = () => tradeOff()?.candidates.map(({ timing }) => timing?.ratio);
    expect(times()).toEqual([undefined, undefined]);
    recordCell(cellOf('variant-1', 'wasm'), contextOf());
    const comparison = { ...exampleSource.comparisons[0]!, variant: 'variant-1', ep: 'wasm' } as const;
    recordComparison(comparison);
    expect(times()).toEqual([comparison.ratio, undefined]);
    const { search } = reportOfWorkspace(workspaceStore.getState())!;
    expect(search?.candidates[0]?.timing?.ratio).toBe(comparison.ratio);
    // A search that times elsewhere takes what was measured there.
    workspaceStore.setState((state) => ({
      search: { ...state.search!, goal: { ...usualGoal, ep: 'webgpu' } },
    }));
    expect(times()).toEqual([undefined, undefined]);
    recordCell(cellOf('variant-1', 'webgpu'), contextOf());
    recordComparison({ ...comparison, ep: 'webgpu', ratio: 7 });
    expect(times()).toEqual([7, undefined]);
  });
});
