import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../../seeded-random';
import { RandomPursuit } from './choose-channels';

type Point = readonly number[];

function least(measure: (point: Point) => number, start: Point, seed: number, steps: number): number {
  const pursuit = new RandomPursuit(createSeededRandom(seed), start.length);
  let [best, value] = [start, measure(start)];
  for (let step = 0; step < steps; step += 1) {
    const point = pursuit.next().map((change, axis) => best[axis]! + change);
    const found = measure(point);
    pursuit.learn(found < value);
    if (found < value) [best, value] = [point, found];
  }
  return value;
}

describe('RandomPursuit', () => {
  it('comes near to the bottom of a bowl in 40 steps, from wherever it starts', () => {
    const bowl = ([x, y, z]: Point): number => (x! - 1) ** 2 + 4 * (y! + 0.5) ** 2 + 2 * (z! - 0.3) ** 2;
    for (let seed = 0; seed < 20; seed += 1)
      expect(least(bowl, [0, 0, 0], seed, 40)).toBeLessThan(0.3 * bowl([0, 0, 0]));
  });

  it('turns around if a step does not help, and continues if it does', () => {
    const pursuit = new RandomPursuit(createSeededRandom(1), 2);
    const first = pursuit.next();
    pursuit.learn(false);
    const turned = pursuit.next();
    expect(turned).toEqual(first.map((change) => -change));
    pursuit.learn(true);
    pursuit.next().forEach((change, axis) => expect(change).toBeCloseTo(1.2 * turned[axis]!, 12));
    pursuit.learn(false);
    expect(pursuit.next()[0]! / turned[0]!).not.toBeCloseTo(pursuit.next()[1]! / turned[1]!, 3);
  });
});
