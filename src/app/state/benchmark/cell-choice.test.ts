import { describe, expect, it } from 'vitest';
import type { CellFailure } from '../../../engine/metrics/cell';
import { cellOf } from '../../testing/work-fixtures';
import { withoutDone } from './cell-choice';

const failure: CellFailure = { variant: 'original', ep: 'webgpu', message: 'No.' };

describe('withoutDone', () => {
  it('keeps cells chosen by hand that a benchmark did not reach', () => {
    const checked = { 'original|wasm': true, 'original|webgpu': true, 'v1|wasm': true, 'v1|webgpu': false } as const;
    const before = { cells: {}, failures: {} };
    const after = {
      cells: { 'original|wasm': cellOf('original', 'wasm') },
      failures: { 'original|webgpu': failure },
    };
    expect(withoutDone(checked, before, after)).toEqual({ 'v1|wasm': true, 'v1|webgpu': false });
    expect(withoutDone(checked, after, after)).toEqual(checked);
  });
});
