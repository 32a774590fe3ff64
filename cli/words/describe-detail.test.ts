import { describe, expect, it } from 'vitest';
import type { ShownDetail } from '../../src/engine/passes/pass-details';
import { detailInShort } from './describe-detail';

const plain = (detail: ShownDetail) => detailInShort(detail).replaceAll('\u00a0', ' ').split('\n');

describe('details in the shell', () => {
  it('are the first rows of a table, with units and a total', () => {
    const lines = plain({
      kind: 'table',
      title: 'Zeros by weight',
      columns: [
        { label: 'Weight', unit: 'path' },
        { label: 'Elements', unit: 'count' },
        { label: 'Share', unit: 'share' },
      ],
      rows: Array.from({ length: 8 }, (_, index) => [`graph/w${index}`, 1200, 0.5]),
      total: ['', 9600, 0.5],
    });
    expect(lines[0]).toBe('Zeros by weight:');
    expect(lines[2]).toMatch(/^w0 +1,200 +50\.0 %$/);
    expect(lines.at(-2)).toMatch(/^total +9,600 +50\.0 %$/);
    expect(lines.at(-1)).toBe('and 3 more rows (--json prints them)');
  });

  it('are a line for each series of a curve', () => {
    const axis = { label: 'Step', unit: 'count' } as const;
    const series = [{ name: 'held out', points: [[0, 2] as const, [100, 0.25] as const, [200, 0.5] as const] }];
    expect(plain({ kind: 'curve', title: 'Loss', x: axis, y: { label: 'Loss', unit: 'number' }, series })).toEqual([
      'Loss:',
      'held out: from 2 at 0 to 0.5 at 200, lowest 0.25 at 100',
    ]);
  });

  it('names an unknown form and does not fail', () => {
    const later = { kind: 'cloud', title: 'Points', points: [1] } as unknown as ShownDetail;
    expect(plain(later)).toEqual([
      'Points:',
      'This Pareto cannot show these details. Open the report with a newer Pareto.',
    ]);
  });
});
