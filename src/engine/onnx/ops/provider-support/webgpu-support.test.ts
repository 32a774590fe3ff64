import { describe, expect, it } from 'vitest';
import { DataType } from '../../data-type';
import { microsoftWebgpuKernels, webgpuKernels } from './webgpu-kernels';
import { webgpuSupport } from './webgpu-support';

const ask = (opType: string, opset: number, ...inputTypes: number[]) =>
  webgpuSupport({ domain: '', opType, opset, inputTypes });

describe('webgpuSupport', () => {
  it('returns the measured result for the given opset and type', () => {
    expect(ask('Sin', 17, DataType.float32)).toBe('runs');
    // Opset 22 has a new definition, and no kernel yet.
    expect(ask('Sin', 22, DataType.float32)).toBe('leaves');
    expect(ask('Round', 17, DataType.float32)).toBe('leaves');
    expect(ask('Add', 17, DataType.int64, DataType.int64)).toBe('leaves');
    expect(ask('Add', 17, DataType.float32, DataType.float32)).toBe('runs');
  });

  it('checks the deciding types: the second of a selection, both of Cast and both of Pow', () => {
    expect(ask('Where', 17, DataType.bool, DataType.float32, DataType.float32)).toBe('runs');
    expect(ask('Where', 17, DataType.bool, DataType.int64, DataType.int64)).toBe('leaves');
    const cast = { domain: '', opType: 'Cast', opset: 17, inputTypes: [DataType.float32] };
    expect(webgpuSupport({ ...cast, castTo: DataType.int32 })).toBe('runs');
    expect(webgpuSupport({ ...cast, castTo: DataType.int8 })).toBe('leaves');
    expect(ask('Pow', 17, DataType.float32, DataType.int64)).toBe('leaves');
  });

  it('never guesses: an unknown operator, type or opset is not measured', () => {
    expect(ask('Nonsense', 17, DataType.float32)).toBe('not measured');
    expect(ask('toString', 17, DataType.float32)).toBe('not measured');
    expect(ask('Sin', 17, DataType.bfloat16)).toBe('not measured');
    expect(ask('Sin', 99, DataType.float32)).toBe('not measured');
    // Clip left at opset 9 and runs from 11 on: 10 lies between.
    expect(ask('Clip', 9, DataType.float32)).toBe('leaves');
    expect(ask('Clip', 10, DataType.float32)).toBe('not measured');
    expect(webgpuSupport({ domain: 'com.example', opType: 'Sin', opset: 1, inputTypes: [1] })).toBe('not measured');
  });

  it('knows operators of ONNX Runtime itself', () => {
    const nBits = { domain: 'com.microsoft', opType: 'MatMulNBits', opset: 1, inputTypes: [DataType.float32] };
    expect(webgpuSupport(nBits)).toBe('runs');
    expect(webgpuSupport({ ...nBits, opType: 'DynamicQuantizeMatMul' })).toBe('leaves');
  });

  it('has rows that are well formed and in the order of opsets', () => {
    for (const rows of [...Object.values(webgpuKernels), ...Object.values(microsoftWebgpuKernels)]) {
      expect(rows).toMatch(/^\w+(?:[>^]\w+)?(?: \d+[+-])+(?:; \w+(?:[>^]\w+)?(?: \d+[+-])+)*$/);
      for (const row of rows.split('; ')) {
        const opsets = row
          .split(' ')
          .slice(1)
          .map((mark) => parseInt(mark, 10));
        expect(opsets).toEqual(opsets.toSorted((a, b) => a - b));
      }
    }
  });
});
