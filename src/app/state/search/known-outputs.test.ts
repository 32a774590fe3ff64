import { beforeEach, describe, expect, it } from 'vitest';
import type { InspectedValue } from '../../../engine/analysis/inspection';
import { usualGoal } from '../../../engine/search/search-goal';
import type { SearchState } from '../../../engine/search/search-journal';
import { dataOf, originalOf } from '../../testing/work-fixtures';
import { undo } from '../workspace/history';
import { beginWork, endWork, reportedWork, workspaceStore } from '../workspace/workspace-store';
import { chooseOutputKind, knownOutputs } from './known-outputs';
import { searchBasis } from './searched-candidate';

const head = (name: string, shape: InspectedValue['shape'], dtype = 'float32'): InspectedValue => ({
  name,
  dtype,
  shape,
});
const known = () => knownOutputs(reportedWork(workspaceStore.getState()));

beforeEach(() => {
  endWork();
  const original = originalOf();
  const outputs = [
    { ...head('vector', ['N', 384]), ending: { op: 'Div', form: 'unit-length' } as const },
    head('count', ['N', 1], 'int64'),
  ];
  beginWork({ ...original, inspection: { ...original.inspection, outputs } });
});

describe('kinds of the outputs of the work', () => {
  it('is known from the graph before anything was run, also without data', () => {
    expect(known()).toEqual([
      {
        name: 'vector',
        kind: 'embedding',
        reason: 'the graph scales its vectors to length 1',
        isChosen: false,
        possible: ['probabilities', 'scores', 'embedding', 'regression', 'map', 'sequence', 'boxes'],
      },
      { name: 'count', kind: 'regression', reason: 'it contains integers', isChosen: false, possible: [] },
    ]);
  });

  it('are the choice of a person, until it is withdrawn', () => {
    workspaceStore.setState({ data: dataOf() });
    chooseOutputKind('vector', 'scores');
    expect(known()[0]).toMatchObject({ kind: 'scores', reason: 'you set it', isChosen: true });
    expect(workspaceStore.getState().data!.mapping.outputs).toEqual({ vector: 'scores' });
    chooseOutputKind('vector', null);
    expect(workspaceStore.getState().data!.mapping).toEqual(dataOf().mapping);
    chooseOutputKind('vector', 'map');
    undo();
    expect(known()[0]).toMatchObject({ kind: 'embedding', isChosen: false });
  });

  it('come from the values that a search saw, while those are valid', () => {
    workspaceStore.setState({ data: { ...dataOf(), mapping: { ...dataOf().mapping, labels: null } } });
    const state = workspaceStore.getState();
    const outputs = [{ name: 'vector', kind: 'probabilities', reason: 'its rows add up to 1' }] as const;
    const search: SearchState = {
      ...{ goal: usualGoal, originalBytes: 1, samples: { search: 1, confirm: 0 }, candidates: [], leftOut: [] },
      ...{ basis: searchBasis(reportedWork(state)), outputs, stopReason: 'finished', spentMs: 1 },
    };
    workspaceStore.setState({ search });
    expect(known()[0]).toMatchObject(outputs[0]);
    chooseOutputKind('vector', 'embedding');
    expect(known()[0]).toMatchObject({ kind: 'embedding', isChosen: true });
  });
});
