import { describe, expect, it } from 'vitest';
import { chartTableToCsv } from './chart-table';

describe('chart table as CSV', () => {
  const columns = [
    { title: 'Variant', csvName: 'variant' },
    { title: 'Median', csvName: 'median_ms' },
    { title: 'In words' },
  ];

  it('writes numbers in full and leaves out columns that are for people', () => {
    const rows = [[{ text: 'int8' }, { text: '8.1 ms', value: 8.1234 }, { text: 'faster' }]];
    expect(chartTableToCsv({ columns, rows })).toBe('variant,median_ms\r\nint8,8.1234\r\n');
  });

  it('quotes, leaves unknown numbers empty, and disarms formulas for spreadsheets', () => {
    const rows = [
      [{ text: 'a "b", c' }, { text: '–', value: null }, { text: '' }],
      [{ text: '=1+1' }, { text: '–', value: null }, { text: '' }],
    ];
    expect(chartTableToCsv({ columns, rows })).toBe('variant,median_ms\r\n"a ""b"", c",\r\n\'=1+1,\r\n');
  });
});
