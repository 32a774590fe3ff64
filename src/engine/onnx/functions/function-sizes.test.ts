import { describe, expect, it } from 'vitest';
import { functionLookup } from './function-calls';
import { FunctionSizes } from './function-sizes';
import type { ModelFunction, Node } from '../graph';
import { graph, node } from '../testing/build';

const call = (name: string): Node => node(name, ['a'], ['b'], {}, { domain: 'own' });
const define = (name: string, nodes: readonly Node[]): ModelFunction => ({
  ...{ name, domain: 'own', inputs: ['a'], outputs: ['b'], attributes: [], nodes, opsetImports: [] },
});
const sizeOf = (nodes: readonly Node[], functions: readonly ModelFunction[]) =>
  new FunctionSizes(functionLookup({ functions })).of(nodes);

describe('the number of nodes in the place of calls', () => {
  it('counts functions in functions, and graphs inside nodes', () => {
    const inner = graph({ nodes: [call('Two')] });
    const functions = [
      define('Two', [node('Abs', [], []), node('Neg', [], [])]),
      define('Four', [call('Two'), call('Two')]),
    ];
    expect(
      sizeOf([call('Four'), node('If', ['c'], ['y'], { then_branch: inner }), node('Abs', [], [])], functions),
    ).toBe(8);
  });

  it('is infinite if functions call each other or nest without end', () => {
    expect(sizeOf([call('A')], [define('A', [call('B')]), define('B', [call('A')])])).toBe(Infinity);
    const chain = Array.from({ length: 20_000 }, (_, index) => define(`F${index}`, [call(`F${index + 1}`)]));
    expect(sizeOf([call('F0')], chain)).toBe(Infinity);
  });

  it('is found at once even if a small file expands beyond any memory', () => {
    const doubling = Array.from({ length: 60 }, (_, index) =>
      define(`F${index}`, [call(`F${index + 1}`), call(`F${index + 1}`)]),
    );
    expect(sizeOf([call('F0')], doubling)).toBe(2 ** 60);
  });
});
