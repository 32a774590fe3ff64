import { describe, expect, it } from 'vitest';
import type { CellFailure, CellResult, Device } from '../../../../engine/metrics/cell';
import { cellKey, workspaceStore, type WorkspaceState } from '../../../state/workspace/workspace-store';
import { benchmarkCaption, buildMatrix, cellsOfProvider, toggleAll } from './matrix-model';

const device = {
  providers: [
    { ep: 'wasm', available: true, reason: '4 threads.' },
    { ep: 'webgpu', available: true, reason: 'An adapter with f16.' },
    { ep: 'webnn-npu', available: false, reason: 'This device has no neural processor.' },
  ],
} as unknown as Device;

function stateWith(changes: Partial<WorkspaceState>): WorkspaceState {
  // The initial state excludes what other tests of this process left in the store.
  return { ...workspaceStore.getInitialState(), device, ...changes };
}

const failure: CellFailure = { variant: 'original', ep: 'webgpu', message: 'No.' };
const measured = { variant: 'original', ep: 'wasm' } as CellResult;

describe('benchmark matrix', () => {
  it('has a column per provider of this device and names the reason for the others', () => {
    const matrix = buildMatrix(stateWith({}), {});
    expect(matrix.providers.map(({ name }) => name)).toEqual(['WASM', 'WebGPU']);
    expect(matrix.unavailable).toEqual([device.providers[2]]);
  });

  it('chooses cells without a fresh result, and failed ones only by hand', () => {
    const state = stateWith({
      cells: { [cellKey('original', 'wasm')]: measured },
      failures: { [cellKey('original', 'webgpu')]: failure },
    });
    expect(buildMatrix(state, {}).checked).toEqual([]);
    expect(buildMatrix({ ...state, checkedByHand: { 'original|webgpu': true } }, {}).checked).toEqual([
      { variant: 'original', ep: 'webgpu' },
    ]);
  });

  it('chooses a cell again when the input sizes have changed since', () => {
    const key = cellKey('original', 'wasm');
    const context = { measuredAt: '', freeDimensions: { N: 1 }, budget: 'quick', seed: 1, device } as const;
    const state = stateWith({ cells: { [key]: measured }, contexts: { [key]: context }, freeDimensions: { N: 2 } });
    const cell = buildMatrix(state, {}).rows[0]?.cells[0];
    expect(cell).toMatchObject({ state: 'measured', stale: true, checked: true });
  });

  it('shows progress of a running cell over its old result', () => {
    const state = stateWith({ cells: { [cellKey('original', 'wasm')]: measured } });
    const progress = { stage: 'warm-up', done: 1, total: 4 };
    const matrix = buildMatrix(state, { 'original|wasm': { state: 'running', progress } });
    expect(matrix.rows[0]?.cells[0]).toMatchObject({ state: 'running', share: 0.25, stage: 'warm-up' });
  });

  it('ticks a whole column, and clears it when all of it is ticked', () => {
    const state = stateWith({ cells: { [cellKey('original', 'wasm')]: measured } });
    const ticked = toggleAll(cellsOfProvider(buildMatrix(state, {}), 'wasm'), {});
    expect(ticked).toEqual({ 'original|wasm': true });
    const cleared = toggleAll(cellsOfProvider(buildMatrix({ ...state, checkedByHand: ticked }, {}), 'wasm'), ticked);
    expect(cleared).toEqual({ 'original|wasm': false });
  });

  it('describes its action on the button', () => {
    expect(benchmarkCaption(0)).toBe('Select cells to benchmark');
    expect(benchmarkCaption(1)).toBe('Benchmark 1 cell');
    expect(benchmarkCaption(4)).toBe('Benchmark 4 cells');
  });
});
