import { expect, it } from 'vitest';
import { inspectGraphs } from '../../../../engine/analysis/graphs/inspect-graphs';
import { DataType } from '../../../../engine/onnx/data-type';
import { createTensor } from '../../../../engine/onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../../../engine/onnx/testing/build';
import { collapseBlocks } from './collapse-blocks';
import { foldedPaths } from '../../../node-facts/folded-nodes';
import { countDrawn, foldHelpers } from './fold-helpers';

const stored = createTensor({ name: 'w', dataType: DataType.int8, dims: [4, 4], bytes: new Int8Array(16) });
const ends = { inputs: [valueInfo('x', [1, 4])], outputs: [valueInfo('y', [1, 4])] };

const scale = floatTensor('scale', [], [0.1]);
const restoring = [
  node('DequantizeLinear', ['w', 'scale'], ['restored'], {}, { name: 'restore' }),
  node('Cast', ['restored'], ['cast'], { to: 1n }, { name: 'cast' }),
];

/** The weight of one layer behind DequantizeLinear and Cast; one that two layers share; a cast of sizes. */
const quantized = inspectGraphs(
  model(
    graph({
      ...ends,
      nodes: [
        ...restoring,
        node('MatMul', ['x', 'cast'], ['a'], {}, { name: 'first' }),
        node('DequantizeLinear', ['w', 'scale'], ['shared'], {}, { name: 'restore shared' }),
        node('MatMul', ['a', 'shared'], ['b'], {}, { name: 'second' }),
        node('MatMul', ['b', 'shared'], ['c'], {}, { name: 'third' }),
        node('Cast', ['shape'], ['sizes'], { to: 7n }, { name: 'sizes' }),
        node('Reshape', ['c', 'sizes'], ['y'], {}, { name: 'last' }),
      ],
      initializers: [stored, scale, int64Tensor('shape', [2], [1, 4])],
    }),
  ),
);

it('draws weight restoration and size conversion of one layer in that layer', () => {
  const drawn = foldHelpers(quantized[0]!, quantized[0]!);
  expect(drawn.items.map(({ path }) => path.replace('graph/', ''))).toEqual([
    'graph:input:x',
    ...['first', 'restore shared', 'second', 'third', 'last'],
    'graph:output:y',
  ]);
  expect(drawn.items[1]).toMatchObject({
    stored: ['graph/restore', 'graph/cast'],
    constants: ['w', 'scale'],
    precision: 'int8',
  });
  const titles = drawn.edges.map(({ from, to }) => `${drawn.items[from]!.path} ${drawn.items[to]!.path}`);
  expect(titles.slice(0, 2)).toEqual(['graph:input:x graph/first', 'graph/first graph/second']);
  const [plain] = inspectGraphs(
    model(
      graph({
        ...ends,
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        initializers: [floatTensor('w', [4, 4], new Float32Array(16))],
      }),
    ),
  );
  expect(foldHelpers(plain!, plain!)).toBe(plain);
});

it('draws the arithmetic of sizes in the layer that reads it, or the one that it measures', () => {
  const [sized] = inspectGraphs(
    model(
      graph({
        ...ends,
        nodes: [
          node('Relu', ['x'], ['a'], {}, { name: 'first' }),
          node('Shape', ['a'], ['shape'], {}, { name: 'shape' }),
          node('Gather', ['shape', 'zero'], ['rows'], {}, { name: 'rows' }),
          node('Concat', ['rows', 'rest'], ['wide'], { axis: 0n }, { name: 'wide' }),
          node('Reshape', ['a', 'wide'], ['b'], {}, { name: 'second' }),
          node('Concat', ['rows', 'four'], ['back'], { axis: 0n }, { name: 'back' }),
          node('Reshape', ['b', 'back'], ['y'], {}, { name: 'third' }),
        ],
        initializers: [int64Tensor('zero', [1], [0]), int64Tensor('rest', [1], [-1]), int64Tensor('four', [1], [4])],
      }),
    ),
  );
  expect([...foldedPaths([sized!])].toSorted()).toEqual([
    ['graph/back', 'graph/third'],
    ['graph/rows', 'graph/first'],
    ['graph/shape', 'graph/first'],
    ['graph/wide', 'graph/second'],
  ]);
  const drawn = foldHelpers(sized!, sized!);
  const titles = drawn.edges.map(({ from, to }) => `${drawn.items[from]!.path} ${drawn.items[to]!.path}`);
  expect(titles).toContain('graph/first graph/third');
});

it('joins a weight that is restored for several nodes to the layer that its Cast is drawn in', () => {
  const [shared] = inspectGraphs(
    model(
      graph({
        ...ends,
        nodes: [
          ...restoring,
          node('MatMul', ['x', 'restored'], ['a'], {}, { name: 'first' }),
          node('Gemm', ['a', 'cast', 'restored'], ['y'], {}, { name: 'second' }),
        ],
        initializers: [stored, scale],
      }),
    ),
  );
  const drawn = foldHelpers(shared!, shared!);
  const titles = drawn.edges.map(({ from, to }) => `${drawn.items[from]!.path} ${drawn.items[to]!.path}`);
  expect(titles.toSorted()).toEqual([
    'graph/first graph/second',
    'graph/restore graph/first',
    'graph/restore graph/second',
    'graph/second graph:output:y',
    'graph:input:x graph/first',
  ]);
});

it('counts the layers of a collapsed block without such nodes', () => {
  const [structure] = quantized;
  const block = { path: 'graph:block:1', title: 'Block', start: 1, end: 4, place: 1, count: 1 };
  const drawn = foldHelpers(structure!, collapseBlocks(structure!, [block], new Set()));
  expect(drawn.items[1]).toMatchObject({ members: ['graph/first'], stored: ['graph/restore', 'graph/cast'] });
});

it('counts a layer whose weight is stored in another form as changed', () => {
  const folded = foldedPaths(quantized);
  expect([...folded]).toEqual(
    expect.arrayContaining([
      ['graph/restore', 'graph/first'],
      ['graph/cast', 'graph/first'],
    ]),
  );
  const onlyB = ['graph/restore', 'graph/cast', 'graph/restore shared'];
  const pairs = ['first', 'second', 'third'].map((name) => [`graph/${name}`, `graph/${name}`] as const);
  const difference = {
    same: 2,
    changed: [{ op: 'MatMul', a: 'graph/third', b: 'graph/third', what: '' }],
    onlyA: [],
    onlyB,
    pairs,
  };
  expect(countDrawn(difference, new Map(), folded)).toEqual({ same: 1, changed: 2, onlyA: 0, onlyB: 1 });
  expect(countDrawn(difference, new Map(), new Map())).toEqual({ same: 2, changed: 1, onlyA: 0, onlyB: 3 });
});
