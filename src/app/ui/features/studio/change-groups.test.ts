import { describe, expect, it } from 'vitest';
import type { PassReport } from '../../../../engine/recipe/optimization';
import { groupChanges, groupRefusals, widened, wideningOf } from './ChangesView';

const refusal = (path: string, op: string, reason: string) => ({ path, op, code: 'x', reason });

describe('groups for people', () => {
  it('put equal reasons together, most frequent first', () => {
    const groups = groupRefusals([refusal('a', 'Add', 'one'), refusal('b', 'Conv', 'two'), refusal('c', 'Mul', 'two')]);
    expect(groups).toEqual([
      { text: 'two', ops: ['Conv', 'Mul'], paths: ['b', 'c'] },
      { text: 'one', ops: ['Add'], paths: ['a'] },
    ]);
  });

  it('put equal changes of an operator together, and list nodes that differ', () => {
    const groups = groupChanges([
      { path: 'a', op: 'MatMul', what: 'quantized' },
      { path: 'b', op: 'MatMul', what: 'quantized' },
      { path: 'c', op: 'Conv', what: 'set 50 % to zero' },
      { path: 'd', op: 'Conv', what: 'set 20 % to zero' },
      { path: 'e', op: 'Conv', what: 'set 10 % to zero' },
    ]);
    expect(groups.map((group) => [group.ops, group.text, group.paths.length])).toEqual([
      [['Conv'], 'Each in its own way', 3],
      [['MatMul'], 'quantized', 2],
    ]);
    expect(groups[0]?.paths[0]).toBe('c: set 50 % to zero');
  });

  it('name the most common change of an operator, and count the others', () => {
    const folded = Array.from({ length: 1500 }, (_, index) => ({ path: `${index}`, op: 'Cast', what: 'Folded.' }));
    const [group] = groupChanges([{ path: 'a', op: 'Cast', what: 'Merged' }, ...folded]);
    expect(group?.text).toBe('Folded (1,500), and in other ways (1)');
    expect(group?.paths.slice(0, 2)).toEqual(['a: Merged', '0: Folded.']);
  });

  it('name a few operators of many', () => {
    const groups = groupRefusals(Array.from({ length: 9 }, (_, index) => refusal(`${index}`, `Op${index}`, 'same')));
    expect(groups[0]?.ops).toEqual(['Op0', 'Op1', 'Op2', 'Op3', 'Op4', 'Op5', '3 more']);
  });
});

describe('including Conv', () => {
  const report = (opTypes: readonly string[]): PassReport => ({
    id: 'quantize-dynamic',
    options: { opTypes },
    ms: 1,
    changes: [],
    refusals: [refusal('a', 'Conv', 'left out')],
  });

  it('is offered only while the recipe leaves it out', () => {
    expect(wideningOf(report(['MatMul']))).toMatchObject({ name: 'Conv' });
    expect(wideningOf({ ...report(['MatMul']), refusals: [] })).toBeUndefined();
    expect(wideningOf(report(['MatMul', 'Conv']))).toBeUndefined();
    expect(wideningOf(report(['all']))).toBeUndefined();
    expect(wideningOf(report(['of a later version']))).toBeUndefined();
    expect(wideningOf({ ...report(['MatMul']), id: 'prune-weights' })).toBeUndefined();
  });

  it('changes the quantizer and nothing else', () => {
    const prune = { pass: 'prune-weights', enabled: true, options: { amount: 0.5 } };
    const quantize = { pass: 'quantize-dynamic', enabled: true, options: { perChannel: true } };
    const widening = wideningOf(report(['MatMul']))!;
    const recipe = widened({ version: 1, seed: 3, steps: [prune, quantize] }, 'quantize-dynamic', widening);
    const opTypes = expect.arrayContaining(['MatMul', 'Conv']) as unknown;
    expect(widening.options['opTypes']).toEqual(expect.arrayContaining(['LSTM', 'Gather']));
    expect(recipe.steps).toEqual([prune, { ...quantize, options: { perChannel: true, opTypes } }]);
  });
});
