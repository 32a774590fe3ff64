import { expect, it } from 'vitest';
import type { Size } from '../../size';
import { webnnOperators } from './webnn-operators';
import { webnnRefusal } from './webnn-support';

const value = (...shape: readonly Size[]) => ({ shape });
const ask = (opType: string, opset: number, ...shape: readonly Size[]) =>
  webnnRefusal({
    ...{ domain: '', opType, opset, inputs: [value(...shape)], outputs: [value(1)], isConstant: () => false },
  });

it('supports an operator from the operator set on that brought it', () => {
  for (const [opType, { since, constantInputs, ranks }] of Object.entries(webnnOperators)) {
    const shape = Array.from({ length: ranks?.[0] ?? 2 }, () => 1);
    expect([opType, ask(opType, since - 1, ...shape)]).toEqual([opType, 'no operator']);
    expect([opType, ask(opType, since, ...shape)]).toEqual([opType, constantInputs && 'input not constant']);
  }
  expect(ask('toString', 99, 1)).toBe('no operator');
});

it('asks for fixed sizes, and for the ranks that an operator takes', () => {
  expect(ask('Abs', 13, 1, null)).toBe('open size');
  expect(ask('GlobalAveragePool', 13, 1, 2, 3, 4)).toBeUndefined();
  expect(ask('GlobalAveragePool', 13, 1, 2)).toBe('rank');
});
