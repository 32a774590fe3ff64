import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../onnx/byte-source';
import { DataType } from '../../onnx/data-type';
import type { Graph, Model, Node } from '../../onnx/graph';
import { createTensor } from '../../onnx/tensor';
import { shortNames, withShortNames } from '../../onnx/short-names';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { nodes as nodesOf } from '../../onnx/traverse';
import { startCpuClock } from '../../testing/cpu-clock';
import { diffModels, type ModelDifference } from './diff';

const context = { checkpoint: () => Promise.resolve() };
const named = (name: string): Partial<Node> => ({ name });

async function compare(a: Model, b: Model): Promise<ModelDifference> {
  const difference = await diffModels(a, b, context);
  const counts = [a, b].map((one) => [...nodesOf(one)].length);
  const matched = difference.same + difference.changed.length;
  // Every node is somewhere, once.
  expect([matched + difference.onlyA.length, matched + difference.onlyB.length]).toEqual(counts);
  return difference;
}

function network(parts: Partial<Graph> = {}): Model {
  return model(
    graph({
      inputs: [valueInfo('x', [1, 3, 8, 8])],
      outputs: [valueInfo('y', null)],
      initializers: [floatTensor('w', [2, 3, 1, 1], [1, 2, 3, 4, 5, 6])],
      nodes: [
        node('Conv', ['x', 'w'], ['c'], { group: 1n }, named('conv')),
        node('Relu', ['c'], ['r'], {}, named('relu')),
        node('Softmax', ['r'], ['y'], { axis: 1n }, named('softmax')),
      ],
      ...parts,
    }),
  );
}

/** Every name replaced, as another exporter would have it. */
function renamed({ graph: main, ...rest }: Model): Model {
  const other = (name: string) => (name === 'x' || name === 'y' ? name : `${name}_renamed`);
  return {
    ...rest,
    graph: {
      ...main!,
      nodes: main!.nodes.map((entry, index) => ({
        ...entry,
        name: `n${index}`,
        inputs: entry.inputs.map(other),
        outputs: entry.outputs.map(other),
      })),
      initializers: main!.initializers.map((tensor) => ({ ...tensor, name: other(tensor.name!) })),
    },
  };
}

/** One of three runs must be fast enough, because garbage of other tests may be collected in another. */
async function compareWithinMs(mostMs: number, a: Model, b: Model): Promise<ModelDifference> {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    const spentMs = startCpuClock();
    const difference = await compare(a, b);
    times.push(spentMs());
    if (times.at(-1)! < mostMs) return difference;
  }
  return expect.unreachable(`It took ${times.map(Math.round).join(', ')} ms of the processor.`);
}

const none = { changed: [], onlyA: [], onlyB: [], model: [] };

describe('diffModels', () => {
  it('finds a model the same as itself, and as one with other names', async () => {
    expect(await compare(network(), network())).toEqual({ same: 3, ...none });
    expect(await compare(network(), renamed(network()))).toEqual({ same: 3, ...none });
  });

  it('finds weights the same wherever they are stored', async () => {
    const { nodes } = network().graph!;
    const constant = node('Constant', [], ['w'], { value: floatTensor('', [2, 3, 1, 1], [1, 2, 3, 4, 5, 6]) });
    const difference = await compare(network(), network({ initializers: [], nodes: [constant, ...nodes] }));
    expect(difference).toEqual({ same: 3, ...none, onlyB: [{ path: 'graph/Constant_0', op: 'Constant' }] });
  });

  const [conv, relu, softmax] = network().graph!.nodes as [Node, Node, Node];
  it.each([
    {
      label: 'an attribute',
      parts: { nodes: [conv, relu, { ...softmax, attributes: node('', [], [], { axis: 3n }).attributes }] },
      what: 'Attribute axis was 1 and is 3.',
    },
    {
      label: 'a removed attribute',
      parts: { nodes: [conv, relu, { ...softmax, attributes: [] }] },
      what: 'Attribute axis (1) was removed.',
    },
    {
      label: 'elements of a weight',
      parts: { initializers: [floatTensor('w', [2, 3, 1, 1], [1, 2, 3, 4, 5, 7])] },
      what: 'Weight w has other values.',
    },
    {
      label: 'an input',
      parts: { nodes: [conv, relu, { ...softmax, inputs: ['c'] }] },
      what: 'Input 1 was r of graph/relu and is c of graph/conv.',
    },
    {
      label: 'an input that is new',
      parts: {
        nodes: [{ ...conv, inputs: ['x', 'w', 'b'] }, relu, softmax],
        initializers: [...network().graph!.initializers, floatTensor('b', [2], [0, 0])],
      },
      what: 'Input 3 (b) was added.',
    },
    {
      label: 'the operator',
      parts: { nodes: [conv, relu, { ...softmax, opType: 'LogSoftmax' }] },
      what: 'Operator Softmax became LogSoftmax.',
    },
  ])('reports a change of $label', async ({ parts, what }) => {
    const difference = await compare(network(), network(parts));
    expect(difference).toMatchObject({ same: 2, onlyA: [], onlyB: [] });
    expect(difference.changed.map((entry) => entry.what)).toEqual([what]);
  });

  it('reports changed types and shapes of weights and outputs', async () => {
    const half = createTensor({
      name: 'w',
      dataType: DataType.float16,
      dims: [4, 3, 1, 1],
      bytes: new Uint16Array(12),
    });
    const { changed } = await compare(network(), network({ initializers: [half] }));
    expect(changed[0]).toEqual({
      a: 'graph/conv',
      b: 'graph/conv',
      op: 'Conv',
      what:
        'Weight w was float32 and is float16; weight w had shape [2, 3, 1, 1] and has [4, 3, 1, 1]; ' +
        'output c had shape [1, 2, 8, 8] and has [1, 4, 8, 8].',
    });
    expect(changed.map(({ a }) => a)).toEqual(['graph/conv', 'graph/relu', 'graph/softmax']);
  });

  it('takes a size that is known in one model only for no difference', async () => {
    const reshaping = (output: readonly (number | null)[]) =>
      model(
        graph({
          nodes: [node('Reshape', ['x', 'target'], ['y'])],
          inputs: [valueInfo('x', [2, 3]), valueInfo('target', [2], DataType.int64)],
          outputs: [valueInfo('y', output)],
        }),
      );
    expect(await compare(reshaping([3, 2]), reshaping([null, null]))).toMatchObject({ same: 1, changed: [] });
    expect((await compare(reshaping([3, 2]), reshaping([6, 1]))).changed).toHaveLength(1);
  });

  it('names the nodes of one model alone', async () => {
    const without = network({ nodes: [conv, { ...softmax, inputs: ['c'] }] });
    const difference = await compare(network(), without);
    expect(difference.onlyA).toEqual([{ path: 'graph/relu', op: 'Relu' }]);
    expect((await compare(without, network())).onlyB).toEqual([{ path: 'graph/relu', op: 'Relu' }]);
  });

  it('reads short names as the long ones that they were made from, on either side', async () => {
    const original = network();
    const other = network({ initializers: [floatTensor('w', [2, 3, 1, 1], [1, 2, 3, 4, 5, 7])] });
    const short = withShortNames(other, original, new Map([['w', '1'], ...shortNames(other, original)]));
    const nodes = short.graph!.nodes.map((each) => ({ ...each, name: undefined }));
    const bare = { ...short, graph: { ...short.graph!, nodes } };
    for (const [a, b] of [
      [original, bare],
      [bare, original],
    ] as const) {
      const { same, changed } = await compare(a, b);
      expect([same, changed.map(({ what }) => what)]).toEqual([2, ['Weight w has other values.']]);
    }
  });

  it('finds the place of nodes without names after one that was put in between', async () => {
    const plain = renamed(network());
    const [first, ...rest] = plain.graph!.nodes as [Node, ...Node[]];
    const more = [first, node('Neg', ['c_renamed'], ['neg']), { ...rest[0]!, inputs: ['neg'] }, rest[1]!];
    const difference = await compare(network(), { ...plain, graph: { ...plain.graph!, nodes: more } });
    expect(difference).toMatchObject({ same: 2, onlyA: [], onlyB: [{ path: 'graph/Neg_1', op: 'Neg' }] });
    expect(difference.changed).toMatchObject([{ a: 'graph/relu', b: 'graph/n1', op: 'Relu' }]);
  });

  it('looks into branches, and finds nodes that were taken out of one', async () => {
    const branch = (parts: Partial<Graph>) => graph({ outputs: [valueInfo('i', null)], ...parts });
    const inner = node('Add', ['x', 'one'], ['i'], {}, named('inner'));
    const withBranch = (one: number) =>
      network({
        nodes: [
          node(
            'If',
            ['go'],
            ['y'],
            { then_branch: branch({ nodes: [inner], initializers: [floatTensor('one', [], [one])] }) },
            named('if'),
          ),
        ],
        initializers: [],
        inputs: [valueInfo('x', [1, 3, 8, 8]), valueInfo('go', [], DataType.bool)],
      });
    const { changed, same } = await compare(withBranch(1), withBranch(2));
    expect(same).toBe(1);
    expect(changed).toEqual([
      {
        a: 'graph/if.then_branch/inner',
        b: 'graph/if.then_branch/inner',
        op: 'Add',
        what: 'Weight one has other values.',
      },
    ]);
    const inlined = network({ nodes: [inner], initializers: [floatTensor('one', [], [1])] });
    expect(await compare(withBranch(1), inlined)).toMatchObject({
      same: 1,
      onlyA: [{ path: 'graph/if', op: 'If' }],
    });
  });

  it('compares the bodies of functions', async () => {
    const body = (value: bigint): Model => ({
      ...network(),
      functions: [
        {
          name: 'Twice',
          domain: 'here',
          inputs: ['a'],
          outputs: ['b'],
          attributes: [],
          nodes: [node('Concat', ['a', 'a'], ['b'], { axis: value })],
          opsetImports: [],
        },
      ],
    });
    expect((await compare(body(0n), body(1n))).changed).toMatchObject([{ a: 'function:here:Twice/Concat_0' }]);
  });

  it('reports changes of the models themselves', async () => {
    const other = model({ ...network().graph!, inputs: [valueInfo('x', ['N', 3, 8, 8])], outputs: [] }, { opset: 18 });
    expect((await compare(network(), other)).model).toEqual([
      'Operator set ai.onnx was 17 and is 18.',
      'Input x was float32[1, 3, 8, 8] and is float32[N, 3, 8, 8].',
      'Output y (float32 of any shape) was removed.',
    ]);
  });

  it('treats weights with different names as different weights', async () => {
    const affine = (nodes: readonly Node[]) =>
      network({
        inputs: [valueInfo('x', [4, 3])],
        initializers: [floatTensor('W', [3, 2], [1, 2, 3, 4, 5, 6]), floatTensor('b', [2], [1, 2])],
        nodes,
      });
    const gemm = affine([node('Gemm', ['x', 'W', 'b'], ['y'])]);
    const { changed } = await compare(
      affine([node('MatMul', ['x', 'W'], ['m']), node('Add', ['m', 'b'], ['y'])]),
      gemm,
    );
    expect(changed.map(({ what }) => what)).toEqual([
      'Operator Add became Gemm; input 1 was m of graph/MatMul_0 and is the input x of graph; ' +
        'input 2 was the weight b ([2]) and is the weight W ([3, 2]); input 3 (b) was added.',
    ]);
    const adds = (name: string) =>
      network({
        initializers: [floatTensor('k', [1], [1]), floatTensor('k2', [1], [2])],
        nodes: [node('Add', ['x', name], ['y'])],
      });
    expect((await compare(adds('k'), adds('k2'))).changed).toMatchObject([
      { what: 'Input 2 was the weight k and is the weight k2 with other values.' },
    ]);
  });

  it('reads large weights no further than the first difference', async () => {
    const bytes = new Uint8Array(40_000_000);
    let read = 0;
    const source = (first: number): ByteSource => ({
      sizeBytes: bytes.length,
      read(start = 0, end = bytes.length) {
        read += end - start;
        const window = bytes.slice(start, end);
        if (start === 0) window[0] = first;
        return window;
      },
      slice: () => source(first),
    });
    const withWeight = (first: number) =>
      network({
        initializers: [{ name: 'w', dims: [BigInt(bytes.length)], dataType: DataType.uint8, rawData: source(first) }],
      });
    const { changed } = await compare(withWeight(1), withWeight(2));
    expect(changed[0]!.what).toContain('other values');
    expect(read).toBeLessThanOrEqual(16_384);
  });

  it('survives names that are taken twice and nodes without anything', async () => {
    const strange = network({
      nodes: [node('Relu', ['x'], ['y'], {}, named('n')), node('Relu', ['x'], ['y'], {}, named('n')), node('', [], [])],
    });
    expect(await compare(strange, strange)).toMatchObject({ same: 3 });
  });

  it('stops when told to', async () => {
    const stopped = { checkpoint: () => Promise.reject(new Error('stop')) };
    await expect(diffModels(network(), network(), stopped)).rejects.toThrow('stop');
  });

  it.each(['names', 'no names'])('compares 20,000 nodes with %s within two seconds', async (kind) => {
    const count = 20_000;
    const chain = (prefix: string): Model => {
      const entries = Array.from({ length: count }, (_, index) => {
        const [op, inputs] = index % 2 === 0 ? ['Add', [`${prefix}${index}`, 'w']] : ['Relu', [`${prefix}${index}`]];
        return node(op as string, inputs as string[], [`${prefix}${index + 1}`]);
      });
      const first = node('Identity', ['x'], [`${prefix}0`]);
      return network({ nodes: [first, ...entries], outputs: [valueInfo(`${prefix}${count}`, null)] });
    };
    const [a, b] = [chain('a'), chain(kind === 'names' ? 'a' : 'b')];
    expect((await compareWithinMs(2000, a, b)).same).toBe(count + 1);
  });

  it('compares 20,000 readers of one value within two seconds', async () => {
    const wide = (prefix: string): Model =>
      network({
        nodes: Array.from({ length: 20_000 }, (_, index) =>
          node('Gather', ['x', 'at'], [`${prefix}${index}`], { axis: BigInt(index % 4) }),
        ),
        initializers: [int64Tensor('at', [1], [0])],
        outputs: [],
      });
    const [a, b] = [wide('a'), wide('b')];
    expect((await compareWithinMs(2000, a, b)).same).toBe(20_000);
  });
});
