import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isParetoError } from '../errors';
import { addElsewhere } from './add-elsewhere';
import { formatCsv } from './csv';
import { describeBest, matrixToMarkdown, tabulateMatrix } from './describe-matrix';
import { deviceMatrix } from './device-matrix';
import { decodeReportFragment, encodeReportFragment } from './link-codec';
import { reportToMarkdown } from './markdown';
import { tabulateMatrixSweeps } from './matrix-sweeps';
import { parseReport, type Report, type ReportVariant } from './report-schema';
import type { ReportSweep } from './sweep-schema';
import { exampleSweep } from './testing/every-state-report';
import { reportOfExample } from './testing/report-source';

const [template] = reportOfExample().variants;
const device = (browser: string, os = 'Windows'): Report['device'] => ({
  ...{ browser, os, cores: 8, threads: 4, crossOriginIsolated: true, timerResolutionUs: 5, webgpu: null },
  ...{ ortVersion: '1.30.0', providers: [] },
});

function variant(name: string, digit: string, change: Partial<ReportVariant> = {}): ReportVariant {
  return { ...template!, id: name, name, sha256: digit.repeat(64), ...change };
}

/** A report of variants with these ratios on WASM. */
function reportOn(browser: string, ratios: Readonly<Record<string, number>>, change: Partial<Report> = {}): Report {
  const base = reportOfExample();
  return {
    ...base,
    device: device(browser),
    variants: [variant('int8', '1'), variant('4-bit', '2')],
    cells: Object.keys(ratios).map((id) => ({ ...base.cells[0]!, variant: id })),
    failures: [],
    comparisons: Object.entries(ratios).map(([id, ratio]) => ({
      ...{ variant: id, ep: 'wasm' as const, ratio, interval: [ratio * 0.95, ratio * 1.05] as [number, number] },
      ...{ noiseFloor: 0.02, pairs: 40, verdict: ratio > 1 ? ('faster' as const) : ('slower' as const) },
    })),
    ...change,
  };
}

const laptop = reportOn('Chrome 147', { int8: 2, '4-bit': 1.5 });
const phone = reportOn('Safari 26', { int8: 0.8, '4-bit': 1.2 });
const named = (...reports: readonly Report[]) =>
  reports.map((report, index) => ({ source: `report ${index + 1}`, report }));

describe('reports of several devices', () => {
  it('make a matrix that names the variant that is best on its worst device', () => {
    const matrix = deviceMatrix(named(laptop, phone));
    expect(matrix.devices.map(({ name }) => name)).toEqual(['Chrome 147, Windows, WASM', 'Safari 26, Windows, WASM']);
    expect(matrix.variants.map(({ name, cells }) => [name, ...cells.map(({ ratio }) => ratio)])).toEqual([
      ['int8', 2, 0.8],
      ['4-bit', 1.5, 1.2],
    ]);
    expect(matrix.apart).toEqual([]);
    expect(describeBest(matrix)).toBe('4-bit is best on its worst device: 1.20× on Safari 26, Windows, WASM.');
    expect(tabulateMatrix(matrix).rows[0]).toEqual([
      'int8',
      '2.90\u00a0MB (−73\u00a0%)',
      '–',
      '2.00× (1.90–2.10)',
      '0.800× (0.760–0.840)',
    ]);
  });

  it('make a matrix of three, and each of them a column', () => {
    const tablet = reportOn('Firefox 141', { int8: 1.1, '4-bit': 1.1 });
    const matrix = deviceMatrix(named(laptop, phone, tablet));
    expect(matrix.variants.map(({ cells }) => cells.map(({ ratio }) => ratio))).toEqual([
      [2, 0.8, 1.1],
      [1.5, 1.2, 1.1],
    ]);
    expect(describeBest(matrix)).toBe('4-bit is best on its worst device: 1.10× on Firefox 141, Windows, WASM.');
  });

  it('name no best variant if none was measured everywhere, or outputs are wrong', () => {
    expect(deviceMatrix(named(laptop, reportOn('Safari 26', {}))).best?.device).toBe('0');
    expect(
      deviceMatrix(named(reportOn('Chrome 147', { int8: 2 }), reportOn('Safari 26', { '4-bit': 2 }))).best,
    ).toBeNull();
    const wrong = reportOn('Safari 26', { int8: 3 });
    const invalid = {
      ...wrong,
      comparisons: wrong.comparisons.map((one) => ({ ...one, verdict: 'invalid' as const })),
    };
    const matrix = deviceMatrix(named(reportOn('Chrome 147', { int8: 2 }), invalid));
    expect(matrix.best).toBeNull();
    expect(tabulateMatrix(matrix).rows[0]?.at(-1)).toBe('outputs wrong');
  });

  it('show the first measurement of variants with the same bytes, also in the best', () => {
    const twice = { ...phone, variants: [variant('int8', '1'), variant('4-bit', '1')] };
    const { variants, best } = deviceMatrix(named(twice));
    expect(variants.map(({ name, cells }) => [name, ...cells.map(({ ratio }) => ratio)])).toEqual([['int8', 0.8]]);
    expect(best?.ratio).toBe(0.8);
  });

  it('keep another model, other sizes and the same report apart, each with the reason', () => {
    const otherModel = { ...phone, model: { ...phone.model, name: 'b.onnx', sha256: 'c'.repeat(64) } };
    const otherSizes: Report = {
      ...phone,
      data: { kind: 'synthetic', seed: 1, samples: 8, freeDimensions: { N: 8 } },
    };
    const { apart, devices } = deviceMatrix(named(laptop, otherModel, otherSizes, laptop));
    expect(devices).toHaveLength(1);
    expect(apart.map(({ source, reason }) => `${source}: ${reason}`)).toEqual([
      'report 2: It is about another model, b.onnx, with other bytes.',
      'report 3: It was measured with other input sizes.',
      'report 4: It is the same report again.',
    ]);
  });

  it('keep variants of one name with another recipe, or other bytes of the same recipe, apart', () => {
    const steps = [{ pass: 'simplify', enabled: true, options: {} }];
    const otherRecipe = variant('int8', '3', { recipe: { version: 1, seed: 0, steps } });
    const otherBytes = variant('4-bit', '4');
    const { apart, variants } = deviceMatrix(named(laptop, { ...phone, variants: [otherRecipe, otherBytes] }));
    expect(variants.map(({ name, cells }) => `${name} ${cells.length}`)).toEqual(['int8 1', '4-bit 1']);
    expect(apart.map(({ reason }) => reason)).toEqual([
      'int8 has another recipe than in report 1.',
      '4-bit has other bytes than in report 1, from the same recipe: it used other data or another version.',
    ]);
  });

  it('tell accuracy on the data of the first, and keep that of other data apart', () => {
    const evaluated = (report: Report, fingerprint: string): Report => ({
      ...report,
      evaluationData: {
        ...{ name: 'digits.npz', samples: 100, fingerprint, mapping: { inputs: {}, labels: null } },
        split: { seed: 0, calibration: 0, evaluation: null },
      },
      evaluations: [
        {
          ...{ variant: 'int8', ep: 'wasm', samples: 100, skipped: 0, task: 'classification', batch: 1, threads: 1 },
          metrics: { top1: { value: 0.9, interval: [0.85, 0.94] } },
        },
      ],
    });
    const matrix = deviceMatrix(named(laptop, evaluated(laptop, 'a'.repeat(64)), evaluated(phone, 'b'.repeat(64))));
    expect(matrix.variants[0]?.accuracy).toMatchObject({ value: 0.9, samples: 100 });
    expect(matrix.apart).toEqual([
      { source: 'report 3', reason: 'Its accuracy was measured on other data, digits.npz.' },
    ]);
  });

  it('lay times over a setting beside each other, and keep those with other sizes apart', () => {
    const swept = (report: Report, change: Partial<ReportSweep> = {}): Report => ({
      ...report,
      sweeps: [{ ...exampleSweep('int8'), ...change }],
    });
    const [one, two, four] = exampleSweep('int8').points;
    const matrix = deviceMatrix(
      named(
        swept(laptop),
        swept(phone, { threads: 2, points: [one!, { ...two!, samples: 2 }] }),
        swept(reportOn('Firefox 141', { int8: 2 }), { freeDimensions: { W: 640 }, points: [four!] }),
        swept(reportOn('Edge 147', { int8: 2 }), { variant: 'nobody' }),
      ),
    );
    expect(tabulateMatrixSweeps(matrix.sweeps)).toEqual([
      {
        title: 'Throughput by batch size of int8',
        columns: ['Device', 'a batch of 1', 'a batch of 2', 'a batch of 4'],
        rows: [
          ['Chrome 147, Windows, WASM, 4 threads', '123\u00a0/s', '230\u00a0/s', '234\u00a0/s'],
          ['Safari 26, Windows, WASM, 2 threads', '123\u00a0/s', '230\u00a0/s, 2 runs', 'not measured'],
        ],
      },
    ]);
    expect(matrix.apart).toEqual([
      { source: 'report 3', reason: 'Throughput by batch size of int8 was measured with other sizes.' },
    ]);
    expect(matrixToMarkdown(matrix)).toContain('## Throughput by batch size of int8');
    expect(tabulateMatrixSweeps(deviceMatrix(named(swept(laptop))).sweeps)).toEqual([]);
  });

  it('become Markdown without markup of names', () => {
    const hostile = reportOn('<img src=x>', { int8: 2 }, { variants: [variant('int8', '1', { name: '[a](b)|c' })] });
    const text = matrixToMarkdown(deviceMatrix(named(hostile)));
    expect(text).toContain('\\[a\\](b)\\|c');
    expect(text).toContain('\\<img src=x\\>');
  });
});

describe('hostile reports', () => {
  const sweptPhone = { ...phone, sweeps: [exampleSweep('int8')] };
  const sweptLaptop = { ...laptop, sweeps: [exampleSweep('original'), exampleSweep('int8')] };
  const text = JSON.stringify(addElsewhere(sweptLaptop, [sweptPhone]));
  const hostile: readonly unknown[] = [
    ...[
      '<img src=x onerror=alert(1)>',
      '=HYPERLINK("https://elsewhere.invalid")',
      '](javascript:alert(1))',
      '__proto__',
    ],
    ...['|\n# x', '', 'x'.repeat(300), -1, 0, 1e308, 5e-324, 2 ** 53, null, [], {}, true, 'original', 'wasm', 'int8'],
  ];

  it('become a matrix without markup and formulas, or a sentence, with any content', () => {
    const accepted = { count: 0 };
    const values = fc.constantFrom(...hostile);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(600), values), { minLength: 1, maxLength: 3 }), (changes) => {
        let visited = 0;
        const changed: unknown = JSON.parse(text, (_, old: unknown) => {
          const change = changes.find(([place]) => place === visited);
          visited += 1;
          return change === undefined ? old : change[1];
        });
        let report: Report;
        try {
          report = parseReport(changed);
        } catch (error) {
          if (!isParetoError(error)) throw error;
          return;
        }
        accepted.count += 1;
        const matrix = deviceMatrix(named(sweptLaptop, report, phone));
        const { columns, rows } = tabulateMatrix(matrix);
        expect(describeBest(matrix)).toMatch(/\.$/);
        expect(matrixToMarkdown(matrix)).not.toMatch(/(?<!\\)<img|(?<!\\)\]\(/);
        const [, settings = ''] = reportToMarkdown(report).split('## Settings tried');
        expect(settings.split('\n## ')[0]).not.toMatch(/(?<!\\)<img|(?<!\\)\]\(/);
        expect(formatCsv([columns, ...rows])).not.toMatch(/(^|[\r\n,])"?=/);
        expect(parseReport(addElsewhere(laptop, [report])).variants).toEqual(laptop.variants);
      }),
      { numRuns: 300 },
    );
    expect(accepted.count).toBeGreaterThan(20);
  });
});

describe('a report with other devices', () => {
  it('carries their measurements under its own ids, and a link brings them back', async () => {
    const theirs = {
      ...phone,
      variants: [variant('int8', '1', { id: 'v9' })],
      comparisons: [] as Report['comparisons'],
    };
    const comparison = { ...phone.comparisons[0]!, variant: 'v9' };
    const both = addElsewhere(laptop, [
      {
        ...theirs,
        comparisons: [comparison],
        cells: [{ ...phone.cells[0]!, variant: 'v9' }],
        sweeps: [exampleSweep('v9'), exampleSweep('v10')],
      },
    ]);
    expect(both.elsewhere).toMatchObject([
      { device: { browser: 'Safari 26' }, comparisons: [{ variant: 'int8', ratio: 0.8 }] },
    ]);
    expect(both.elsewhere?.[0]?.sweeps).toEqual([exampleSweep('int8')]);
    const again = await decodeReportFragment(await encodeReportFragment(both));
    expect(again).toEqual(both);
    expect(deviceMatrix(named(again)).devices).toHaveLength(2);
    expect(addElsewhere(again, [phone, phone]).elsewhere).toHaveLength(1);
  });

  it('takes nothing of another model, of other sizes or of other variants', () => {
    const otherModel = { ...phone, model: { ...phone.model, sha256: 'c'.repeat(64) } };
    const otherVariants = { ...phone, variants: [variant('int8', '5')] };
    const otherSizes: Report = { ...phone, data: { ...laptop.data, freeDimensions: { N: 8 } } as Report['data'] };
    expect(addElsewhere(laptop, [otherModel, otherSizes, otherVariants])).toBe(laptop);
  });

  it('is refused with too many devices', () => {
    const [one] = addElsewhere(laptop, [phone]).elsewhere!;
    expect(() => parseReport({ ...laptop, elsewhere: Array.from({ length: 9 }, () => one) })).toThrow('elsewhere');
  });
});
