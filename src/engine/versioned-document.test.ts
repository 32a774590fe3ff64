import { describe, expect, it } from 'vitest';
import { upgradeDocument, versionOf, versionOfNow, type Ladder } from './versioned-document';

const ladder: Ladder = [
  ({ length, ...rest }) => ({ ...rest, lengthCm: length }),
  ({ lengthCm, ...rest }) => ({ ...rest, lengthMm: Number(lengthCm) * 10 }),
];

describe('upgradeDocument', () => {
  it('climbs from each version to that of now', () => {
    expect(versionOfNow(ladder)).toBe(3);
    const now = { version: 3, lengthMm: 20 };
    expect(upgradeDocument({ version: 1, length: 2 }, ladder)).toEqual(now);
    expect(upgradeDocument({ version: 2, lengthCm: 2 }, ladder)).toEqual(now);
    expect(upgradeDocument(now, ladder)).toEqual(now);
  });

  it.each([null, [], 'x', {}, { version: 0 }, { version: 1.5 }, { version: '1' }, { version: 4 }])(
    'leaves %j to the schema',
    (value) => {
      expect(upgradeDocument(value, ladder)).toEqual(value);
      expect(versionOf(value) ?? 4).toBe(4);
    },
  );
});
