import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { DataType, type DataTypeCode } from '../../data-type';
import { graph, model, node, valueInfo } from '../../testing/build';
import { wasmRefusals } from './wasm-refusals';
import { isRefusedByWasm } from './wasm-support';

const ask = (opType: string, opset: number, ...inputTypes: DataTypeCode[]): boolean =>
  isRefusedByWasm({ domain: '', opType, opset, inputTypes });

it('knows which nodes no model may hold, by operator set and by the type that decides', () => {
  expect(ask('Conv', 22, DataType.float64)).toBe(true);
  expect(ask('Conv', 22, DataType.float32)).toBe(false);
  // Older operator sets were not measured, so they are not refused.
  expect(ask('RoiAlign', 22, DataType.float32)).toBe(true);
  expect(ask('RoiAlign', 16, DataType.float32)).toBe(false);
  expect(ask('Where', 16, DataType.bool, DataType.bfloat16)).toBe(true);
  expect(ask('Pow', 15, DataType.float32, DataType.uint64)).toBe(true);
  expect(ask('constructor', 22, DataType.float64)).toBe(false);
});

it('has rows that are well formed', () => {
  for (const row of Object.values(wasmRefusals).flatMap((rows) => rows.split('; '))) {
    expect(row).toMatch(/^\d+( \w+([>^]\w+)?)+$/);
  }
});

it.each([
  ['Erf', 13, 'float64'],
  ['Relu', 14, 'int64'],
  ['Erf', 13, 'float32'],
] as const)('the runtime agrees: %s at %i of %s', async (op, opset, type) => {
  const parts = graph({
    nodes: [node(op, ['x'], ['y'])],
    inputs: [valueInfo('x', [2], DataType[type])],
    outputs: [valueInfo('y', [2], DataType[type])],
  });
  const main = { ...model(parts), opsetImports: [{ domain: '', version: BigInt(opset) }] };
  const isOpened = await createInProcessInference()
    .open(new AbortController().signal, main)
    .then(
      (session) => (session.close(), true),
      () => false,
    );
  expect(isOpened).toBe(!ask(op, opset, DataType[type]));
});
