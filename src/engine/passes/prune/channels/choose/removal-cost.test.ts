import { describe, expect, it } from 'vitest';
import { channelGroups } from '../../../../onnx/coupling/channel-groups';
import { coupleChannels } from '../../../../onnx/coupling/couple-channels';
import { removeChannels } from '../../../../onnx/coupling/remove-channels';
import { randomNetwork } from '../../../../onnx/coupling/testing/random-network';
import type { Model } from '../../../../onnx/graph';
import { inferModel } from '../../../../onnx/infer';
import { createSeededRandom } from '../../../../seeded-random';
import { widthsAlong, widthsBeside, widthsByRank, type WidthProblem } from './channel-widths';
import { RemovalCost } from './removal-cost';

const macsOf = (model: Model): number => {
  const inferred = inferModel(model);
  return model.graph!.nodes.reduce((sum, node) => sum + inferred.macs(node)!, 0);
};

function problemOf(model: Model, remove: number) {
  const inferred = inferModel(model);
  const coupled = coupleChannels(model, inferred);
  const { groups } = channelGroups(coupled);
  const cost = new RemovalCost(coupled, groups, inferred);
  const target = (1 - remove) * macsOf(model);
  const limits = groups.map(({ units }) => ({ units: units.length, most: Math.floor(0.8 * units.length) }));
  const problem: WidthProblem = { cost, measure: 'macs', target, groups: limits };
  return { coupled, groups, problem };
}

describe('RemovalCost', () => {
  it('equals the cost of the model without the channels, for every kind of block', async () => {
    for (let seed = 0; seed < 24; seed += 1) {
      const model = randomNetwork(seed, [seed, seed * 7 + 3, seed * 5 + 1]);
      const { coupled, groups, problem } = problemOf(model, 0);
      const widths = groups.map(({ units }) => Math.floor(units.length / 3));
      const removed = new Set(groups.flatMap(({ units }, group) => units.slice(0, widths[group])));
      const pruned = await removeChannels(model, coupled, removed, () => Promise.resolve());
      expect(problem.cost.of('macs', widths)).toBeCloseTo(macsOf(pruned), 6);
    }
  });
});

describe('widths', () => {
  const model = randomNetwork(4, [0, 4, 6, 0, 4, 2]);
  const { problem } = problemOf(model, 0.5);

  it('meet the target, and another channel would break it', () => {
    const random = createSeededRandom(1);
    const scores = problem.groups.map(({ units }) => Float64Array.from({ length: units }, () => random.next()));
    const equal = widthsAlong(
      problem.groups.map(() => 1),
      problem,
    );
    const changes = problem.groups.map(() => random.next() - 0.5);
    for (const widths of [equal, widthsByRank(scores, problem), widthsBeside(equal, changes, problem)]) {
      expect(problem.cost.of('macs', widths)).toBeLessThanOrEqual(problem.target);
      widths.forEach((width, group) => {
        expect(width).toBeLessThanOrEqual(problem.groups[group]!.most);
        if (width > 0) expect(problem.cost.of('macs', widths.with(group, width - 1))).toBeGreaterThan(problem.target);
      });
    }
  });

  it('keep the widths that are fixed', () => {
    const fixed = { ...problem, groups: problem.groups.with(0, { ...problem.groups[0]!, fixed: 3 }) };
    const widths = widthsAlong(
      problem.groups.map(() => 1),
      fixed,
    );
    expect(widths[0]).toBe(3);
  });
});
