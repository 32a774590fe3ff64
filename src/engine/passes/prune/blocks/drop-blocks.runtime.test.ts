import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../../data/feeds';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import type { Model } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import type { PassContext, PassOutcome } from '../../pass';
import { dropBlocks } from './drop-blocks';
import { residualBlocks, withoutBlock } from './residual-blocks';
import { passContext } from '../../testing/pass-context';
import { createSeededRandom } from '../../../seeded-random';
import { runModelInNode } from '../../../../runtime/testing/run-model';
import { checkCanceling, divergenceIn } from '../../testing/check-trial-pass.runtime';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { productOf } from '../../../product-of';

const width = 6;

/** Blocks x + tanh(x·w)·scale of different weight, then a layer. */
function network(scales: readonly number[]): Model {
  const random = createSeededRandom(2);
  const weight = (name: string, ...dims: number[]) =>
    floatTensor(
      name,
      dims,
      Float32Array.from({ length: productOf(dims) }, () => random.next() - 0.5),
    );
  const nodes = scales.flatMap((_, at) => [
    node('MatMul', [`x${at}`, `w${at}`], [`m${at}`]),
    node('Tanh', [`m${at}`], [`t${at}`]),
    node('Mul', [`t${at}`, `s${at}`], [`b${at}`]),
    node('Add', [`x${at}`, `b${at}`], [`x${at + 1}`]),
  ]);
  return model(
    graph({
      nodes: [...nodes, node('Gemm', [`x${scales.length}`, 'head', 'bias'], ['y'])],
      initializers: [
        ...scales.flatMap((scale, at) => [weight(`w${at}`, width, width), floatTensor(`s${at}`, [1], [scale])]),
        weight('head', width, 3),
        weight('bias', 3),
      ],
      inputs: [valueInfo('x0', ['N', width])],
      outputs: [valueInfo('y', ['N', 3])],
    }),
  );
}

/** Two blocks whose sums ONNX Runtime has fused with what normalizes them; `keepsSums`: they are read too (pre-norm). */
function fusedNetwork(opType: string, keepsSums: boolean, scale: number): Model {
  const random = createSeededRandom(4);
  const weight = (name: string, factor: number, ...dims: number[]) =>
    floatTensor(
      name,
      dims,
      Float32Array.from({ length: productOf(dims) }, () => factor * (random.next() - 0.5)),
    );
  const parameters = opType === 'SkipLayerNormalization' ? ['g', 'b'] : ['g'];
  const sum = (at: number, operands: readonly string[]) =>
    node(
      opType,
      [...operands, ...parameters, `c${at}`],
      keepsSums ? [`n${at}`, '', '', `s${at}`] : [`n${at}`],
      {},
      { domain: 'com.microsoft' },
    );
  const nodes = [
    node('MatMul', ['x', 'w0'], ['m0']),
    sum(0, ['m0', 'x']),
    node('MatMul', ['n0', 'w1'], ['m1']),
    sum(1, [keepsSums ? 's0' : 'n0', 'm1']),
    node('Gemm', ['n1', 'head'], ['y']),
  ];
  const initializers = [
    weight('w0', 1, width, width),
    weight('c0', 1, width),
    weight('w1', scale, width, width),
    weight('c1', scale, width),
    weight('g', 1, width),
    ...(parameters.length === 2 ? [weight('b', 1, width)] : []),
    weight('head', 1, width, 3),
  ];
  const ports = { inputs: [valueInfo('x', [5, width])], outputs: [valueInfo('y', [5, 3])] };
  const opsetImports = [
    { domain: '', version: 17n },
    { domain: 'com.microsoft', version: 1n },
  ];
  return model(graph({ nodes, initializers, ...ports }), { opsetImports });
}

const data: NonNullable<PassContext['data']> = {
  fingerprint: 'rows',
  samples: 64,
  async *feeds(): AsyncGenerator<Feeds> {
    const random = createSeededRandom(5);
    for (let sample = 0; sample < 64; sample += 1) {
      const values = Float32Array.from({ length: 4 * width }, () => random.next() - 0.3);
      yield { x0: { dtype: 'float32', dims: [4, width], data: values } };
    }
  },
};

function run(of: Model, given: Record<string, unknown>, context: Partial<PassContext> = {}): Promise<PassOutcome> {
  return dropBlocks.run(of, resolveOptions(dropBlocks, given), passContext({ original: of, ...context }));
}

const goneFrom = ({ details }: PassOutcome) => {
  const table = details!['blocks']!;
  return table.kind === 'table' ? table.rows.filter((row) => row.at(-1) === 'yes').map(([path]) => path) : [];
};

describe('drop-blocks', () => {
  const original = network([1, 0.05, 0.7, 0.1]);

  it('leaves out the blocks that matter least, and repairs what follows where that helps', async () => {
    const inference = createInProcessInference();
    const plain = await run(original, { blocks: 2, refit: false }, { data, inference });
    const repaired = await run(original, { blocks: 2 }, { data, inference });
    expect(goneFrom(plain)).toEqual(['graph/Add_7', 'graph/Add_15']);
    expect(goneFrom(repaired)).toEqual(goneFrom(plain));
    expect(divergenceIn(repaired)).toBeLessThan(divergenceIn(plain));
    for (const { model: left, changes } of [plain, repaired]) {
      expect(checkModel(left)).toEqual([]);
      expect(left.graph!.nodes.filter(({ opType }) => opType === 'Add')).toHaveLength(2);
      expect(changes).toHaveLength(8);
    }
    expect(inference.sessions.open).toBe(0);
  });

  it.each([
    ['SkipLayerNormalization', false],
    ['SkipLayerNormalization', true],
    ['SkipSimplifiedLayerNormalization', true],
  ])(
    'leaves out a block that ends with %s (its sum is read: %s), as if its weights were zero',
    async (op, keepsSums) => {
      const fused = fusedNetwork(op, keepsSums, 1);
      const { blocks } = await residualBlocks(fused, inferModel(fused), () => Promise.resolve());
      expect(blocks).toHaveLength(2);
      const left = withoutBlock(fused, blocks[1]!);
      expect(checkModel(left)).toEqual([]);
      expect(left.graph!.nodes).toHaveLength(4);
      const random = createSeededRandom(6);
      const values = Float32Array.from({ length: 5 * width }, () => random.next() - 0.5);
      const answer = async (of: Model): Promise<readonly number[]> => {
        const outputs = await runModelInNode(joinParts(encodeModel(of)), {
          x: { dtype: 'float32', dims: [5, width], data: values },
        });
        return Array.from(outputs['y']!.data as Float32Array);
      };
      const expected = await answer(fusedNetwork(op, keepsSums, 0));
      (await answer(left)).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 5));
    },
  );

  it('says of a fused sum within a block that it goes with the block', async () => {
    const matrix = (name: string, scale: number) =>
      floatTensor(
        name,
        [width, width],
        Float32Array.from({ length: width * width }, (_, at) => (at % (width + 1) === 0 ? scale : 0)),
      );
    const nodes = [
      node('MatMul', ['x0', 'w0'], ['a']),
      node('SkipLayerNormalization', ['a', 'x0', 'g'], ['b'], {}, { domain: 'com.microsoft' }),
      node('MatMul', ['b', 'w1'], ['c']),
      node('Add', ['x0', 'c'], ['y']),
    ];
    // The values would change their sign without the inner block, which is worse than no values.
    const initializers = [
      matrix('w0', -3),
      matrix('w1', 0.1),
      floatTensor('g', [width], new Float32Array(width).fill(1)),
    ];
    const ports = { inputs: [valueInfo('x0', [4, width])], outputs: [valueInfo('y', [4, width])] };
    const opsetImports = [
      { domain: '', version: 17n },
      { domain: 'com.microsoft', version: 1n },
    ];
    const within = model(graph({ nodes, initializers, ...ports }), { opsetImports });
    const context = { data, inference: createInProcessInference() };
    const { changes } = await run(within, { blocks: 1, refit: false }, context);
    expect(changes.map(({ op, what }) => [op, what])).toEqual(
      nodes.map(({ opType }) => [opType, 'Removed with its block']),
    );
  });

  it('says why it leaves a model as it is', async () => {
    const inference = createInProcessInference();
    const codes = async (of: Model, given: Record<string, unknown>, context: Partial<PassContext>) => {
      const { model: left, refusals } = await run(of, given, context);
      expect(left).toBe(of);
      return refusals.map(({ code }) => code);
    };
    expect(await codes(original, {}, {})).toEqual(['no-data']);
    expect(await codes(network([]), {}, { data, inference })).toEqual(['no-blocks']);
    const last = await run(network([0.1]), { blocks: 2 }, { data, inference });
    expect(last.refusals.map(({ code }) => code)).toContain('no-more-blocks');
  });

  it('plans nothing on data that it would not use, and says why', async () => {
    const spoiled = {
      ...data,
      async *feeds(): AsyncGenerator<Feeds> {
        for await (const { x0 } of data.feeds()) {
          yield { x0: { ...x0!, data: Float32Array.from(x0!.data as Float32Array, () => NaN) } };
        }
      },
    };
    const context = passContext({ original, data: spoiled, inference: createInProcessInference() });
    const { parameters, locked } = await dropBlocks.plan!(original, resolveOptions(dropBlocks, {}), context);
    expect(parameters.after).toBe(parameters.before);
    expect(locked.map(({ reason }) => reason).join()).toContain('NaN or infinity');
  });

  it('plans the blocks with what they cost, and on data which would go', async () => {
    const plan = (context: Partial<PassContext>) =>
      dropBlocks.plan!(original, resolveOptions(dropBlocks, {}), passContext({ original, ...context }));
    const without = await plan({});
    expect(without.macs).toEqual({ before: 4 * 36 + 18, after: 4 * 36 + 18 });
    const withData = await plan({ data, inference: createInProcessInference() });
    expect(withData.macs).toEqual({ before: 4 * 36 + 18, after: 3 * 36 + 18 });
    const table = withData.details!['blocks']!;
    const influences = table.kind === 'table' ? table.rows.map((row) => Number(row[3])) : [];
    expect(influences).toHaveLength(4);
    expect(Math.min(...influences)).toBe(influences[1]);
  });

  it('reports progress that only rises, and ends when it is canceled', async () => {
    await checkCanceling((context) => run(original, {}, { data, ...context }), 0.3);
  });
});
