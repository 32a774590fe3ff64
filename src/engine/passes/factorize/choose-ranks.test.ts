import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRanks, leastRanks, wholeCost, type RankedLayer } from './choose-ranks';

/** Losses that fall as 1 / 2^rank, or in equal steps. */
function layerOf(cost: number, costPerRank: number, weight: number, isEven = false): RankedLayer {
  const most = Math.ceil(cost / costPerRank) - 1;
  const losses = Array.from({ length: most + 1 }, (_, rank) => (isEven ? 1 - rank / (most + 1) : 2 ** -rank));
  return { cost, options: [{ costPerRank, losses, weight }] };
}

const go = () => Promise.resolve();

describe('chooseRanks', () => {
  it('stays within any budget, and leaves no room for another rank', async () => {
    const layer = fc.record({
      cost: fc.integer({ min: 1, max: 1000 }),
      costPerRank: fc.integer({ min: 1, max: 100 }),
      weight: fc.double({ min: 0.001, max: 100, noNaN: true }),
      isEven: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(layer, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (given, share) => {
          const layers = given.map(({ cost, costPerRank, weight, isEven }) =>
            layerOf(cost, costPerRank, weight, isEven),
          );
          const before = wholeCost(
            layers,
            layers.map(() => undefined),
          );
          const budget = share * before;
          const chosen = await chooseRanks(layers, budget, go);
          const cost = wholeCost(layers, chosen);
          if (wholeCost(layers, leastRanks(layers)) > budget) expect(chosen).toEqual(leastRanks(layers));
          else expect(cost).toBeLessThanOrEqual(budget);
          for (const [at, choice] of chosen.entries()) {
            if (!choice || cost > budget) continue;
            const { costPerRank, losses } = layers[at]!.options[choice.option]!;
            const isLast = choice.rank + 1 === losses.length;
            const more = isLast ? layers[at]!.cost - choice.rank * costPerRank : costPerRank;
            expect(cost + more).toBeGreaterThan(budget);
          }
        },
      ),
    );
  });

  it('takes from the layer that matters less', async () => {
    const [first, second] = await chooseRanks([layerOf(100, 10, 1), layerOf(100, 10, 1e6)], 120, go);
    expect(second?.rank ?? 10).toBeGreaterThan(first!.rank);
  });

  it('takes the option with less loss, and none if nothing has to go', async () => {
    const { options, cost } = layerOf(100, 10, 1, true);
    const both = { cost, options: [...options, { ...layerOf(100, 12, 1).options[0]! }] };
    expect(await chooseRanks([both], 60, go)).toEqual([{ option: 1, rank: 5 }]);
    expect(await chooseRanks([both], 100, go)).toEqual([undefined]);
  });

  it('ends when it is canceled', async () => {
    const stop = () => Promise.reject(new Error('stop'));
    await expect(chooseRanks([layerOf(100, 10, 1)], 50, stop)).rejects.toThrow('stop');
  });
});
