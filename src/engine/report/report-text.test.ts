import { describe, expect, it } from 'vitest';
import { formatCsv, reportToCsv } from './csv';
import { reportToMarkdown } from './markdown';
import { parseReport } from './report-schema';
import { everyStateReport } from './testing/every-state-report';

describe('formatCsv', () => {
  it('quotes, leaves unknown values empty, and disarms formulas for spreadsheets', () => {
    expect(formatCsv([['a "b", c', null, 1.5], ['=1+1']])).toBe('"a ""b"", c",,1.5\r\n\'=1+1\r\n');
  });
});

describe('a report as CSV', () => {
  it('has one line per cell, all with the same number of fields', () => {
    const lines = reportToCsv(everyStateReport).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + everyStateReport.cells.length + everyStateReport.failures.length);
    const fields = new Set(lines.filter((line) => !line.includes('"')).map((line) => line.split(',').length));
    expect([...fields]).toEqual([33]);
  });

  it('keeps numbers in full', () => {
    expect(reportToCsv(everyStateReport)).toContain('int8 (dynamic),2914003,2433890,wasm,4,');
  });

  it('has a line for a variant that was not measured', () => {
    const lines = reportToCsv({ ...everyStateReport, cells: [], failures: [] })
      .trimEnd()
      .split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]?.split(',')).toHaveLength(33);
  });
});

describe('a report as Markdown', () => {
  const text = reportToMarkdown(everyStateReport);

  it('is an example that the schema accepts', () => {
    expect(parseReport(JSON.parse(JSON.stringify(everyStateReport)))).toEqual(everyStateReport);
  });

  it('claims a speed only if the verdict allows it', () => {
    expect(text).toContain('1.52× faster (1.47–1.57)');
    expect(text).toContain('1.60× slower (1.55–1.65)');
    expect(text).toContain('about the same speed');
    expect(text).toContain('output wrong');
    expect(text).not.toContain('1.18×');
    expect(text).toContain('did not run');
  });

  it('has the times over the values of a setting', () => {
    const lines = text.replaceAll('\u00a0', ' ').split('\n');
    const start = lines.indexOf('### Throughput by batch size: int8 (dynamic) on WASM');
    expect(lines.slice(start + 2, start + 11)).toEqual([
      '| Batch size | Time per run | Samples per second | 95 % |',
      '| --- | --- | --- | --- |',
      '| 1 | 8.13 ms | 123 | 121 to 125 |',
      '| 2 | 8.70 ms | 230 | 225 to 235 |',
      '| 4 | 17.1 ms | 234 | 229 to 239 |',
      '',
      'A doubling beyond a batch of 2 gains less than 5 %.',
      '',
      'Measured with 4 threads, W 320.',
    ]);
  });

  it('does not call outputs wrong that cannot be compared, and reports of before do not say that', () => {
    const random = { valid: false, comparable: false, problem: 'The original is not deterministic.' };
    const cells = everyStateReport.cells.map((cell) => ({
      ...cell,
      outputMatch: { ...cell.outputMatch, ...random },
      flags: ['not-comparable' as const],
    }));
    const report = { ...everyStateReport, cells };
    expect(parseReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
    const markdown = reportToMarkdown(report);
    expect(markdown).toContain('Outputs cannot be compared on WASM');
    expect(markdown).toContain('| not comparable |');
    expect(markdown).toContain(', outputs not comparable |');
    expect(markdown).not.toMatch(/wrong|faster \|/);
  });

  it('lets no name turn into markup', () => {
    const hostile = { ...everyStateReport, model: { ...everyStateReport.model, name: '<img src=x>|[a](b)\n# c' } };
    const [firstLine] = reportToMarkdown(hostile).split('\n');
    expect(firstLine).toBe('# \\<img src=x\\>\\|\\[a\\](b) \\# c: optimization report');
  });
});
