import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import { checkModel } from '../../engine/onnx/check';
import type { Model } from '../../engine/onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { resolveOptions } from '../../engine/passes/options';
import type { PassContext, PassOutcome } from '../../engine/passes/pass';
import { dropBlocks } from '../../engine/passes/prune/blocks/drop-blocks';
import { passContext } from '../../engine/passes/testing/pass-context';
import { createSeededRandom } from '../../engine/seeded-random';
import { checkCancelling, divergenceIn } from './testing/check-trial-pass';
import { createInProcessInference } from './testing/in-process-inference';

const width = 6;

/** Blocks x + tanh(x·w)·scale of different weight, then a layer. */
function network(scales: readonly number[]): Model {
  const random = createSeededRandom(2);
  const weight = (name: string, ...dims: number[]) =>
    floatTensor(
      name,
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.next() - 0.5),
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
  return table.kind === 'table' ? table.rows.filter((row) => row.at(-1) === 'goes').map(([path]) => path) : [];
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

  it('reports progress that only rises, and ends when it is cancelled', async () => {
    await checkCancelling((context) => run(original, {}, { data, ...context }), 0.3);
  });
});
