import { describe, expect, it } from 'vitest';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { randomNetwork } from '../../../onnx/coupling/testing/random-network';
import { floatTensor, graph, model as modelOf, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import type { PassContext, PassOutcome } from '../../pass';
import type { TableDetail } from '../../pass-details';
import { pruneChannels } from './prune-channels';
import { passContext } from '../../testing/pass-context';
import { createSeededRandom } from '../../../seeded-random';
import { checkCanceling, divergenceIn } from '../../testing/check-trial-pass.runtime';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { productOf } from '../../../product-of';
import { macsOf, simplePictures } from '../../testing/simple-pictures';

// A residual block and a squeeze-and-excite block.
const network = randomNetwork(8, [4, 5]);

function prune(given: Record<string, unknown>, context: Partial<PassContext> = {}): Promise<PassOutcome> {
  const options = resolveOptions(pruneChannels, given);
  return pruneChannels.run(network, options, passContext({ original: network, ...context }));
}

describe('prune-channels', () => {
  it('removes the requested share of MACs and repairs the rest, the same each time', async () => {
    const inference = createInProcessInference();
    const outcomes: PassOutcome[] = [];
    for (const options of [
      { recover: 'none', ranking: 'local' },
      { recover: 'least-squares', ranking: 'local' },
      { recover: 'sequential' },
      { recover: 'sequential' },
    ]) {
      outcomes.push(await prune(options, { data: simplePictures(12), inference, random: createSeededRandom(3) }));
    }
    const [none, atOnce, sequential, again] = outcomes;
    for (const { model } of outcomes) {
      expect(checkModel(model)).toEqual([]);
      expect(macsOf(model) / macsOf(network)).toBeLessThanOrEqual(0.5);
      expect(macsOf(model) / macsOf(network)).toBeGreaterThan(0.4);
    }
    expect(divergenceIn(atOnce!)).toBeLessThan(divergenceIn(none!));
    expect(divergenceIn(sequential!)).toBeLessThan(divergenceIn(atOnce!));
    expect(joinParts(encodeModel(again!.model))).toEqual(joinParts(encodeModel(sequential!.model)));
    expect(Object.keys(sequential!.details!)).toEqual(['groups', 'widths', 'repairs']);
    expect(inference.sessions.open).toBe(0);
  });

  it('reports progress that only rises, and ends when it is canceled', async () => {
    await checkCanceling((context) => prune({}, { data: simplePictures(24), ...context }), 0.6);
  });

  it('goes by the weights without data, and says so', async () => {
    const { model, refusals, sentence } = await prune({ remove: 0.4, of: 'parameters' });
    expect(checkModel(model)).toEqual([]);
    expect(refusals.map(({ code }) => code)).toEqual(['locked', 'no-data']);
    expect(sentence).toMatch(/^4\d\.\d\u00a0% of the parameters removed\.$/);
  });

  it('keeps excluded layers, and explains an unreachable target', async () => {
    const all = await prune({ recover: 'none', ranking: 'global', remove: 0.95 });
    expect(all.model).toBe(network);
    const missed = all.refusals.find(({ code }) => code === 'target-missed')!;
    const share = Number(/Ask for ([\d.]+) or less\.$/.exec(missed.reason)![1]);
    const met = await prune({ recover: 'none', ranking: 'global', remove: share });
    expect(1 - macsOf(met.model) / macsOf(network)).toBeGreaterThanOrEqual(share);
    expect(met.refusals.map(({ code }) => code)).not.toContain('target-missed');
    const names = network.graph!.nodes.filter(({ opType }) => opType === 'Conv').map(({ name }) => name!);
    const none = await prune({ recover: 'none', ranking: 'local', exclude: names });
    expect(none.model).toBe(network);
    expect(none.changes).toEqual([]);
    expect(none.refusals.find(({ code }) => code === 'target-missed')?.reason).toBe('No channels can be removed.');
    const unknown = await prune({ recover: 'none', ranking: 'local', exclude: ['nobody'] });
    expect(unknown.refusals.map(({ code }) => code)).toContain('no-such-node');
  });

  it('uses the share of one group for that group, on layers that give its channels only', async () => {
    const plain = { recover: 'none', ranking: 'local' };
    const planned = (given: Record<string, unknown>) =>
      pruneChannels.plan!(
        network,
        resolveOptions(pruneChannels, { ...plain, ...given }),
        passContext({ original: network }),
      );
    const { groups } = await planned({ remove: 0.2 });
    const ratioByGroup = Object.fromEntries(groups.map(({ id }, at) => [id, at === 1 ? 0.3 : 0]));
    const alone = await planned({ ratioByGroup });
    expect(alone.groups.map(({ channels, kept }) => channels - kept)).toEqual(
      groups.map(({ channels }, at) => (at === 1 ? Math.round(0.3 * channels) : 0)),
    );
    const narrower = alone.layers.filter(({ channels, kept }) => kept < channels).map(({ path }) => path);
    expect(narrower).toEqual(alone.groups[1]!.giving);
    expect(checkModel((await prune({ ...plain, ratioByGroup })).model)).toEqual([]);
  });

  it('ranks by every criterion within the same MACs, each in its own way', async () => {
    const inference = createInProcessInference();
    const bytes = new Set<string>();
    for (const importance of ['l2', 'obs']) {
      for (const ranking of ['global', 'local']) {
        const { model } = await prune({ importance, ranking, recover: 'none' }, { data: simplePictures(9), inference });
        expect(checkModel(model)).toEqual([]);
        expect(macsOf(model) / macsOf(network)).toBeLessThanOrEqual(0.5);
        bytes.add(String(joinParts(encodeModel(model))));
      }
    }
    expect(bytes.size).toBe(4);
  });

  describe('of channels that a normalization averages over', () => {
    const tokens = randomNetwork(7, [0, 31, 31]);
    const pruneTokens = (given: Record<string, unknown>, context: Partial<PassContext> = {}) =>
      pruneChannels.run(tokens, resolveOptions(pruneChannels, given), passContext({ original: tokens, ...context }));
    const keptOf = ({ details }: PassOutcome) => (details!.groups as TableDetail).rows.map((row) => row[3]);

    it('takes none without data unless they are to go like others, and says why', async () => {
      const given = { remove: 0.2, ranking: 'local', recover: 'none', importance: 'l2' };
      const { groups } = await pruneChannels.plan!(
        tokens,
        resolveOptions(pruneChannels, given),
        passContext({ original: tokens }),
      );
      const held = groups.flatMap(({ reason }, at) => (reason === undefined ? [] : [at]));
      expect(held).toHaveLength(1);
      expect(groups[held[0]!]!.reason).toMatch(/^A normalization averages over them\. They are removed only if trials/);
      const [spared, like] = [await pruneTokens(given), await pruneTokens({ ...given, normalized: 'always' })];
      expect(keptOf(spared)[held[0]!]).toBe(groups[held[0]!]!.channels);
      expect(keptOf(like)[held[0]!]).toBeLessThan(groups[held[0]!]!.channels);
      expect(checkModel(like.model)).toEqual([]);
    });

    it('tries widths with and without them', async () => {
      const context = {
        data: simplePictures(12),
        inference: createInProcessInference(),
        random: createSeededRandom(2),
      };
      const { details, model } = await pruneTokens({ remove: 0.2, recover: 'least-squares' }, context);
      const { rows } = details!.widths as TableDetail;
      expect(rows.map(([how]) => how)).toContain('equal, without normalized ones');
      const others = rows.slice(1).map((row) => row[2] as number);
      expect(others).toEqual(others.toSorted((a, b) => a - b));
      expect(macsOf(model) / macsOf(tokens)).toBeLessThanOrEqual(0.8);
    });
  });

  it('reports the saved share of the run time, as alternating runs measure it', async () => {
    const weights = (name: string, dims: readonly number[]) =>
      floatTensor(
        name,
        dims,
        Float32Array.from({ length: productOf(dims) }, (_, at) => Math.sin(at * at)),
      );
    const conv = (from: string, to: string) =>
      node('Conv', [from, `w${to}`], [to], { pads: [1n, 1n, 1n, 1n] }, { name: to });
    const wide = modelOf(
      graph({
        nodes: [conv('x', 'a'), conv('a', 'b'), conv('b', 'y')],
        initializers: [weights('wa', [48, 3, 3, 3]), weights('wb', [48, 48, 3, 3]), weights('wy', [4, 48, 3, 3])],
        inputs: [valueInfo('x', [1, 3, 16, 16])],
        outputs: [valueInfo('y', [1, 4, 16, 16])],
      }),
    );
    const inference = createInProcessInference();
    // Timed runs depend on the load of the machine. If all shares are set, the pass chooses nothing by time.
    const given = { of: 'latency', recover: 'none', ratioByLayer: { a: 0.5, b: 0.5 } };
    const options = resolveOptions(pruneChannels, given);
    const { model, sentence } = await pruneChannels.run(wide, options, passContext({ original: wide, inference }));
    expect(checkModel(model)).toEqual([]);
    expect(model.graph!.initializers.map(({ dims }) => dims.slice(0, 2))).toEqual([
      [24n, 3n],
      [24n, 24n],
      [4n, 24n],
    ]);
    expect(sentence).toContain('of the run time removed, measured here on WASM with one thread');
    expect(inference.sessions.open).toBe(0);
  });

  it('tells of embeddings their cosine and their neighbors, of scores how far they diverge', async () => {
    const random = createSeededRandom(2);
    const numbers = (count: number) => Array.from({ length: count }, () => random.next() - 0.5);
    const encoder = modelOf(
      graph({
        nodes: [
          node('Flatten', ['x'], ['flat']),
          node('Gemm', ['flat', 'w1'], ['h']),
          node('Relu', ['h'], ['r']),
          node('Gemm', ['r', 'w2'], ['embedding']),
        ],
        initializers: [floatTensor('w1', [192, 48], numbers(192 * 48)), floatTensor('w2', [48, 64], numbers(48 * 64))],
        inputs: [valueInfo('x', ['n', 3, 8, 8])],
        outputs: [valueInfo('embedding', ['n', 64])],
      }),
    );
    const options = resolveOptions(pruneChannels, { remove: 0.4 });
    const run = (data: PassContext['data']) =>
      pruneChannels.run(
        encoder,
        options,
        passContext({ original: encoder, data, inference: createInProcessInference() }),
      );
    const { sentence } = await run(simplePictures(64));
    const told = /Cosine (0\.\d+) to the original’s outputs, and [\d.]+.% of the samples keep their nearest/.exec(
      sentence!,
    );
    expect(Number(told?.[1])).toBeGreaterThan(0.5);
    const labels = {
      mapping: { labels: null, outputs: { embedding: 'scores' } },
      description: { fields: [] },
    } as const;
    expect((await run({ ...simplePictures(64), about: labels })).sentence).toContain('KL divergence');
  });

  it('plans the same removal', async () => {
    const options = resolveOptions(pruneChannels, { ranking: 'global', recover: 'none', importance: 'l2' });
    const plan = await pruneChannels.plan!(network, options, passContext({ original: network }));
    const { model } = await prune({ ranking: 'global', recover: 'none', importance: 'l2' });
    expect(plan.macs).toEqual({ before: macsOf(network), after: macsOf(model) });
    expect(plan.locked).toEqual([
      { path: 'graph/head', reason: '5 channels must stay because of y: It is an output of the model.' },
    ]);
    expect(plan.groups.every(({ kept, channels }) => kept > 0 && kept <= channels)).toBe(true);
  });
});
