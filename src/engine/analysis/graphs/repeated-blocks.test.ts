import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startCpuClock } from '../../testing/cpu-clock';
import { repeatedBlocks, type BlockNode } from './repeated-blocks';
import { longestRepeats } from './tandem-repeats';

const generous = { deadlineMs: 60_000 };

/** A letter each; every node reads the one before, and those given besides. */
function chain(letters: string, more: Readonly<Record<number, readonly number[]>> = {}): BlockNode[] {
  return Array.from(letters, (signature, at) => ({
    signature,
    sources: at === 0 ? [-1] : [at - 1, ...(more[at] ?? [])],
    name: '',
  }));
}

const textOf = (letters: string, nodes = chain(letters)): string[] =>
  repeatedBlocks(nodes, generous).map(
    ({ start, end, place, count }) => `${letters.slice(start, end)} ${place}/${count}`,
  );

describe('repeatedBlocks', () => {
  it('finds layers and ignores repetitions inside them', () => {
    const layer = 'nqrqrqrsa';
    expect(textOf(`e${layer}${layer}${layer}h`)).toEqual([`${layer} 0/3`, `${layer} 1/3`, `${layer} 2/3`]);
  });

  it('finds several repetitions beside each other', () => {
    expect(textOf('xabcabcyzdefdefdef')).toEqual(['abc 0/2', 'abc 1/2', 'def 0/3', 'def 1/3', 'def 2/3']);
  });

  it('cuts at the boundary that the fewest values cross', () => {
    // c reads what b reads as well: between b and c two values pass, elsewhere one.
    const letters = 'cabcabcabcab';
    const nodes = chain(letters, { 3: [1], 6: [4], 9: [7] });
    expect(textOf(letters, nodes)).toEqual(['abc 0/3', 'abc 1/3', 'abc 2/3']);
  });

  it('tells blocks apart that are joined in another way inside', () => {
    const letters = 'abcdabcdabcd';
    expect(textOf(letters, chain(letters, { 11: [8] }))).toEqual(['abcd 0/2', 'abcd 1/2']);
  });

  it('ignores sequences that collapsing hardly shortens', () => {
    expect(textOf('ababx')).toEqual([]);
    expect(textOf('aaaaaa')).toEqual([]);
    expect(textOf('')).toEqual([]);
  });

  it('names blocks by the common part of their node names', () => {
    const names = ['l.0/fc/MatMul', 'l.0/Add', 'l.0/Relu', 'l.1/fc/MatMul', 'l.1/Add', 'l.1/Relu'];
    const nodes = chain('abcabc').map((node, at) => ({ ...node, name: `/net/${names[at]!}` }));
    expect(repeatedBlocks(nodes, generous).map(({ name }) => name)).toEqual(['net/l.0', 'net/l.1']);
    const alike = nodes.map((node) => ({ ...node, name: '/net/any' }));
    expect(repeatedBlocks(alike, generous).map(({ name }) => name)).toEqual(['', '']);
  });

  it('returns disjoint blocks with identical nodes for any graph', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 }), fc.nat(), (letters, seed) => {
        const nodes = letters.map((signature, at) => ({ signature, sources: [at - 1 - ((seed + at) % 3)], name: '' }));
        const blocks = repeatedBlocks(nodes, generous);
        expect(repeatedBlocks(nodes, generous)).toEqual(blocks);
        blocks.forEach((block, at) => {
          expect(block.start).toBeGreaterThanOrEqual(blocks[at - 1]?.end ?? 0);
          const first = blocks[at - block.place]!;
          expect(letters.slice(block.start, block.end)).toEqual(letters.slice(first.start, first.end));
        });
      }),
    );
  });

  it('finds the same repetitions as a search over every pair of positions', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b'), { maxLength: 40 }), (letters) => {
        const slow = new Set<string>();
        for (let period = 2; 2 * period <= letters.length; period++) {
          for (let start = 0; start + period < letters.length; start++) {
            if (start > 0 && letters[start - 1] === letters[start - 1 + period]) continue;
            let end = start + period;
            while (end < letters.length && letters[end] === letters[end - period]) end += 1;
            if (end - start >= 2 * period) slow.add(`${start} ${end} ${period}`);
          }
        }
        const found = longestRepeats(letters, 60_000).map(({ start, end, period }) => `${start} ${end} ${period}`);
        expect(new Set(found)).toEqual(slow);
        expect(found.length).toBe(slow.size);
      }),
    );
  });

  // This takes a few hundredths of the limit on a quiet machine.
  it('takes 5,000 nodes in under a second, repeated or not', () => {
    const layer = Array.from({ length: 50 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join('');
    const random = Array.from({ length: 5000 }, (_, at) => ((at * at * 7919) % 11).toString(16)).join('');
    for (const [letters, count] of [
      [layer.repeat(100), 100],
      [random, null],
    ] as const) {
      const nodes = chain(letters);
      const spentMs = startCpuClock();
      const blocks = repeatedBlocks(nodes, generous);
      expect(spentMs()).toBeLessThan(1000);
      if (count !== null) expect(blocks.length).toBe(count);
    }
  });

  it('takes thousands of repetitions apart in little more than the deadline', () => {
    const parts = Array.from({ length: 3000 }, (_, at) => `abcabc${String.fromCodePoint(0x4e00 + at)}`);
    const nodes = chain(parts.join(''));
    const spentMs = startCpuClock();
    expect(repeatedBlocks(nodes, { deadlineMs: 100 }).length).toBe(6000);
    expect(spentMs()).toBeLessThan(1500);
  });

  it('returns its partial result at the deadline', () => {
    expect(repeatedBlocks(chain('abc'.repeat(300)), { deadlineMs: -1 })[0]?.count).toBe(300);
    const far = Array.from({ length: 400 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join('').repeat(2); // prettier-ignore
    expect(repeatedBlocks(chain(far), { deadlineMs: -1 })).toEqual([]);
  });
});
