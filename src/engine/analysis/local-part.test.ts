import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Graph, Node } from '../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { comparableValues } from './comparable-values';
import { localPart } from './local-part';

function chain(nodes: readonly Node[], parts: Partial<Graph> = {}) {
  return model(
    graph({
      nodes,
      initializers: [floatTensor('w', [1], [2]), floatTensor('v', [1], [3])],
      inputs: [valueInfo('x', [1, 8])],
      outputs: [valueInfo('y', [1, 8])],
      ...parts,
    }),
  );
}

const original = chain([
  node('Mul', ['x', 'w'], ['h'], {}, { name: 'first' }),
  node('Mul', ['h', 'v'], ['i'], {}, { name: 'second' }),
  node('Add', ['i', 'h'], ['y'], {}, { name: 'third' }),
]);

function partFor(variant: ReturnType<typeof chain>, ...names: readonly string[]) {
  const all = comparableValues(original, variant, {}).values;
  const {
    model: part,
    fed,
    outputs,
  } = localPart(
    variant,
    all.filter(({ b }) => names.includes(b.value)),
    all,
  );
  const { nodes, inputs, initializers, outputs: given } = part.graph!;
  expect(given.map(({ name }) => name)).toEqual([...outputs.values()]);
  return {
    nodes: nodes.map(({ name, inputs: read, outputs: made }) => `${name}: ${read.join()} → ${made.join()}`),
    inputs: inputs.map(({ name }) => name),
    initializers: initializers.map(({ name }) => name),
    fed: Object.fromEntries(fed),
    outputs: [...outputs.values()],
  };
}

describe('localPart', () => {
  it('contains only the nodes between a value and its inputs from the original', () => {
    const variant = chain([
      node('Mul', ['x', 'w'], ['h'], {}, { name: 'first' }),
      node('Neg', ['h'], ['less'], {}, { name: 'extra' }),
      node('Mul', ['less', 'v'], ['i'], {}, { name: 'second' }),
      node('Add', ['i', 'h'], ['y'], {}, { name: 'third' }),
    ]);
    expect(partFor(variant, 'i')).toEqual({
      nodes: ['extra: h → less', 'second: less,v → i_own'],
      inputs: ['h'],
      initializers: ['v'],
      fed: { h: 'h' },
      outputs: ['i_own'],
    });
    expect(partFor(variant, 'h', 'y')).toEqual({
      nodes: ['first: x,w → h_own', 'third: i,h → y_own'],
      inputs: ['x', 'i', 'h'],
      initializers: ['w'],
      fed: { i: 'i', h: 'h' },
      outputs: ['h_own', 'y_own'],
    });
  });

  it.each([
    ['type', node('Cast', ['h'], ['i'], { to: BigInt(DataType.float16) }), node('Cast', ['i'], ['y'], { to: 1n })],
    ['shape', node('Transpose', ['h'], ['i']), node('Transpose', ['i'], ['y'])],
  ])('does not cut at a value whose %s differs from the original', (_what, there, back) => {
    const variant = chain([
      node('Mul', ['x', 'w'], ['h'], {}, { name: 'first' }),
      { ...there, name: 'second' },
      { ...back, name: 'third' },
    ]);
    expect(partFor(variant, 'y')).toMatchObject({
      nodes: ['second: h → i', 'third: i → y_own'],
      fed: { h: 'h' },
      outputs: ['y_own'],
    });
    expect(partFor(variant, 'i').outputs).toEqual(['i']);
  });

  it('feeds the outer values that graphs inside nodes read', () => {
    const branch = (name: string) =>
      graph({ nodes: [node('Neg', ['i'], [name], {}, { name: 'n' })], outputs: [valueInfo(name, [1, 8])] });
    const variant = chain(
      [
        node('Mul', ['x', 'w'], ['h'], {}, { name: 'first' }),
        node('Mul', ['h', 'v'], ['i'], {}, { name: 'second' }),
        node('If', ['c'], ['y'], { then_branch: branch('p'), else_branch: branch('q') }, { name: 'third' }),
      ],
      { inputs: [valueInfo('x', [1, 8]), valueInfo('c', [], DataType.bool)] },
    );
    expect(partFor(variant, 'y')).toMatchObject({ nodes: ['third: c → y_own'], inputs: ['c', 'i'], fed: { i: 'i' } });
  });

  it('finds names that nothing else has', () => {
    const variant = chain([
      node('Mul', ['x', 'w'], ['h'], {}, { name: 'first' }),
      node('Neg', ['h'], ['h_own'], {}, { name: 'extra' }),
      node('Add', ['h_own', 'h'], ['y'], {}, { name: 'third' }),
    ]);
    expect(partFor(variant, 'h').outputs).toEqual(['h_own_own']);
  });
});
