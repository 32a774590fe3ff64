import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSizes,
  broadcastShapes,
  ceilDivideSizes,
  countOfSizes,
  divideExactly,
  floorDivideSizes,
  floorScaleSize,
  leastOfSize,
  multiplySizes,
  subtractSizes,
  symbolicSize,
  textOfSize,
  type Size,
} from './size';

const n = symbolicSize('N');
const h = symbolicSize('H');

describe('sizes with symbols', () => {
  it('have one form, however they came about', () => {
    expect(textOfSize(multiplySizes(n, 2))).toBe('N*2');
    expect(textOfSize(addSizes(n, n))).toBe('N*2');
    expect(textOfSize(addSizes(addSizes(h, n), 1))).toBe('H + N + 1');
    expect(textOfSize(subtractSizes(multiplySizes(n, h), 3))).toBe('H*N - 3');
    expect(subtractSizes(addSizes(n, 4), n)).toBe(4);
    expect(multiplySizes(null, 0)).toBe(0);
  });

  it('have whole coefficients, or are not known', () => {
    expect(multiplySizes(n, 0.5)).toBeNull();
    expect(addSizes(n, 0.5)).toBeNull();
    expect(multiplySizes(3, 0.5)).toBe(1.5);
  });

  it('have a least value if axes have at least one element', () => {
    expect(leastOfSize(subtractSizes(addSizes(n, 6), 5))).toBe(2);
    expect(leastOfSize(multiplySizes(n, addSizes(h, 1)))).toBe(2);
    expect(leastOfSize(floorDivideSizes(n, 2))).toBe(0);
    expect(leastOfSize(floorDivideSizes(subtractSizes(n, 3), 2))).toBe(-2);
    expect(leastOfSize(subtractSizes(n, h))).toBe(-Infinity);
    expect(leastOfSize(null)).toBe(-Infinity);
  });

  it('divide exactly if possible', () => {
    expect(textOfSize(floorDivideSizes(multiplySizes(n, 8), 4))).toBe('N*2');
    expect(textOfSize(divideExactly(multiplySizes(multiplySizes(n, h), 6), multiplySizes(h, 2)))).toBe('N*3');
    expect(divideExactly(n, 2)).toBeNull();
    expect(divideExactly(addSizes(n, 1), addSizes(n, 1))).toBe(1);
  });

  it('keep a quotient that does not come out even as a symbol, and halving again as one quotient', () => {
    expect(textOfSize(floorDivideSizes(h, 2))).toBe('floor(H/2)');
    const half = ceilDivideSizes(h, 2);
    expect(textOfSize(half)).toBe('floor((H + 1)/2)');
    expect(textOfSize(ceilDivideSizes(half, 2))).toBe('floor((H + 3)/4)');
  });

  it('scale to a quotient if float32 is exact, else to a symbol of their own', () => {
    expect(textOfSize(floorScaleSize(h, 2))).toBe('H*2');
    expect(textOfSize(floorScaleSize(h, 1.5))).toBe('floor(H*3/2)');
    expect(textOfSize(floorScaleSize(multiplySizes(h, 4), 0.75))).toBe('H*3');
    expect(textOfSize(floorScaleSize(addSizes(h, 1), 0.3))).toBe('floor((H + 1)*0.3)');
    // 20479 × 1025/1024 is just below 20499, which float32 makes of it.
    expect(textOfSize(floorScaleSize(h, 1025 / 1024))).toBe('floor(H*1.0009765625)');
    expect(textOfSize(floorScaleSize(h, 15 + 1 / 1024))).toBe('floor(H*15.0009765625)');
    expect(textOfSize(floorScaleSize(h, 32))).toBe('H*32');
    expect(leastOfSize(floorScaleSize(h, 0.3))).toBe(-Infinity);
    expect([floorScaleSize(h, 0), floorScaleSize(h, Number.NaN), floorScaleSize(null, 2)]).toEqual([null, null, null]);
  });

  it('broadcast like NumPy', () => {
    expect(
      broadcastShapes([
        [n, 1, 3],
        [h, 3],
      ]),
    ).toEqual([n, h, 3]);
    expect(broadcastShapes([[n], [4]])).toEqual([4]);
    expect(broadcastShapes([[n], [h]])).toEqual([null]);
    expect(broadcastShapes([[1], undefined])).toBeUndefined();
  });

  it('give the same number as the arithmetic that they stand for', () => {
    type Pair = readonly [Size, number];
    const bindings = { N: 7, H: 13 };
    const leaf = fc.oneof(
      fc.constant<Pair>([n, bindings.N]),
      fc.constant<Pair>([h, bindings.H]),
      fc.integer({ min: 0, max: 9 }).map((value): Pair => [value, value]),
    );
    const { tree } = fc.letrec<{ tree: Pair }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]): Pair => [addSizes(a[0], b[0]), a[1] + b[1]]),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]): Pair => [subtractSizes(a[0], b[0]), a[1] - b[1]]),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]): Pair => [multiplySizes(a[0], b[0]), a[1] * b[1]]),
        fc
          .tuple(tie('tree'), fc.integer({ min: 1, max: 6 }))
          .map(([a, b]): Pair => [floorDivideSizes(a[0], b), Math.floor(a[1] / b)]),
      ),
    }));
    fc.assert(
      fc.property(tree, ([size, value]) => {
        if (size === null || !Number.isSafeInteger(value)) return;
        // Minus zero is zero here.
        expect(Number(valueOf(textOfSize(size)!, bindings)) + 0).toBe(value + 0);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Evaluates the text with the symbols bound: JavaScript's own arithmetic is an independent check. */
function valueOf(text: string, bindings: Readonly<Record<string, number>>): unknown {
  const names = Object.keys(bindings);
  return new Function('floor', ...names, `return ${text};`)(Math.floor, ...names.map((name) => bindings[name]));
}

describe('countOfSizes', () => {
  it('returns the product of known sizes, and 0 if any size is 0', () => {
    expect(countOfSizes([2, 3, 4])).toBe(24);
    expect(countOfSizes([])).toBe(1);
    expect([countOfSizes([2, n]), countOfSizes([null, 3])]).toEqual([null, null]);
    expect([countOfSizes([n, 0]), countOfSizes([0, null])]).toEqual([0, 0]);
  });
});
