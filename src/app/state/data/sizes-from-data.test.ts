import { beforeEach, describe, expect, it } from 'vitest';
import { cellOf, dataOf, originalOf } from '../../testing/work-fixtures';
import { beginWork, cellKey, endWork, workspaceStore } from '../workspace/workspace-store';
import { followDataSizes } from './sizes-from-data';

const sizes = () => workspaceStore.getState().freeDimensions;

describe('open sizes of a model with data', () => {
  beforeEach(() => {
    endWork();
    const { inspection, ...rest } = originalOf();
    const inputs = [{ name: 'x', dtype: 'float32' as const, shape: ['batch', 'width'] }];
    beginWork({ ...rest, inspection: { ...inspection, inputs } });
    workspaceStore.setState({ data: dataOf() });
  });

  it('are those of its samples', () => {
    followDataSizes();
    expect(sizes()).toEqual({ batch: 1, width: 4 });
  });

  it('keep a choice of the person, and sizes that were measured', () => {
    workspaceStore.setState({ freeDimensions: { batch: 1, width: 7 } });
    followDataSizes();
    expect(sizes()).toEqual({ batch: 1, width: 7 });
    workspaceStore.setState({
      freeDimensions: {},
      cells: { [cellKey('original', 'wasm')]: cellOf('original', 'wasm') },
    });
    followDataSizes();
    expect(sizes()).toEqual({});
  });
});
