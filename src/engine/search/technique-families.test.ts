import { expect, it } from 'vitest';
import { mixedTechniques } from './mixed-technique';
import { familiesOf, techniqueFamilies, techniquesOf } from './technique-families';
import { techniques } from './techniques';

const all = techniqueFamilies.map(({ id }) => id);
const anHour = 3_600_000;

it('are all that a search may use, and leave it as it is by itself', () => {
  expect(techniquesOf(all, anHour)).toBeUndefined();
  expect(familiesOf(undefined)).toEqual(all);
  // A technique of none would be out of reach as soon as one is left out.
  const reached = new Set(
    all.flatMap((one) =>
      techniquesOf(
        all.filter((id) => id !== one),
        anHour,
      )!,
    ),
  );
  expect([...techniques, ...mixedTechniques].map(({ id }) => id).filter((id) => !reached.has(id))).toEqual([]);
});

it('omit techniques that need another family, and slow ones', () => {
  const bits = techniquesOf(['bits'], anHour)!;
  expect(bits).toEqual(expect.arrayContaining(['simplify', 'weights-4-gptq', 'mixed-weights']));
  expect(bits.filter((id) => /channels-third|int8|float16|factors|mixed-(channels|static)/.test(id))).toEqual([]);
  const untrained = techniquesOf(['bits', 'channels'], 60_000)!;
  expect(untrained).toContain('channels-third-weights-4');
  expect(untrained).not.toContain('channels-half-weights-4');
  expect(techniquesOf([], anHour)).toEqual(['simplify']);
});

it('are found again from the techniques of a search', () => {
  for (const kept of [['bits'], ['bits', 'channels'], ['integers', 'float16']]) {
    expect(familiesOf(techniquesOf(kept, anHour))).toEqual(kept);
  }
  expect(familiesOf(['mixed-weights'])).toEqual(all);
});
