import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isParetoError } from '../errors';
import type { PassDetails } from '../passes/pass-details';
import { createReport, type ReportSource } from './create-report';
import { mostRows } from './detail-schema';
import { decodeReportFragment } from './link-codec';
import { reportToMarkdown } from './markdown';
import { mostVariants, parseReport, reportVersion } from './report-schema';
import { exampleEvaluated } from './testing/evaluation-source';
import { everyStateReport, exampleSweep } from './testing/every-state-report';
import { exampleSource, reportOfExample } from './testing/report-source';

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const [variant] = exampleSource.variants;
const [cell] = exampleSource.cells;

function variants(count: number): ReportSource['variants'] {
  return Array.from({ length: count }, (_, index) => ({ ...variant!, id: `v${index}`, name: `Variant ${index}` }));
}

function withDetails(details: PassDetails): ReportSource {
  const [pass] = variant!.optimization.passes;
  const optimization = { ...variant!.optimization, passes: [{ ...pass!, sentence: 'It went well.', details }] };
  return { ...exampleSource, variants: [{ ...variant!, optimization }] };
}

const details: PassDetails = {
  layers: {
    kind: 'table',
    title: 'Error of each layer',
    columns: [
      { label: 'Layer', unit: 'path' },
      { label: 'SQNR', unit: 'decibels' },
    ],
    rows: Array.from({ length: 300 }, (_, index) => [`graph/Conv_${index}`, index === 0 ? Number.NaN : index]),
    total: ['', 42],
  },
  loss: {
    kind: 'curve',
    title: 'Loss',
    x: { label: 'Step', unit: 'count' },
    y: { label: 'Loss', unit: 'number', isLog: true },
    series: [{ name: 'held out', points: Array.from({ length: 1001 }, (_, step) => [step, 1 / (step + 1)]) }],
  },
  range: {
    kind: 'histogram',
    title: 'Activations',
    x: { label: 'Value', unit: 'number' },
    edges: Array.from({ length: 1001 }, (_, index) => index),
    counts: Array.from({ length: 1000 }, () => 2),
    marks: [{ at: 900, label: 'kept up to' }],
  },
};

describe('a new report', () => {
  it('opens unchanged with any amount of work, and names the parts without room', () => {
    const report = createReport({
      ...exampleSource,
      variants: variants(40),
      selected: 'v3',
      evaluated: exampleEvaluated,
    });
    expect(parseReport(asJson(report))).toEqual(report);
    expect(report.variants).toHaveLength(mostVariants);
    expect(report.variants[0]?.id).toBe('v3');
    expect(report.notes).toEqual(['This report holds 32 variants and leaves out 8 earlier variants.']);
    expect(reportToMarkdown(report)).toContain('8 earlier variants');
  });

  it('omits the parts of variants that have no room', () => {
    const cells = ['original', 'v0', 'v39'].map((id) => ({ ...cell!, variant: id }));
    const report = createReport({ ...exampleSource, variants: variants(40), cells });
    expect(report.cells.map((one) => one.variant)).toEqual(['original', 'v39']);
  });

  it('holds named parts and nothing else', () => {
    const more = { secret: 'of a later field', operators: [{ op: 'Conv', provider: 'x', nodes: 1, ms: 1 }] };
    const report = createReport({
      ...exampleSource,
      cells: [{ ...cell!, ...more }],
      comparisons: exampleSource.comparisons.map((one) => ({ ...one, ...more })),
      failures: exampleSource.failures.map((one) => ({ ...one, ...more })),
      device: { ...everyStateReport.device!, ...more },
    });
    expect(JSON.stringify(report)).not.toContain('secret');
    expect(parseReport(asJson(report))).toEqual(report);
  });

  it('cuts names and texts from files to the limit', () => {
    const long = 'x'.repeat(5000);
    const { inspection } = exampleSource;
    const report = createReport({
      ...exampleSource,
      variants: [{ ...variant!, name: long, teacher: long }],
      inspection: {
        ...inspection,
        producer: long,
        file: { ...inspection.file, name: long },
        inputs: [{ name: long, dtype: 'float32', shape: [long, 1] }],
      },
      cells: [{ ...cell!, placement: { [long]: 3 }, outputMatch: { ...cell!.outputMatch, problem: long } }],
    });
    expect(parseReport(asJson(report))).toEqual(report);
  });

  it('names another model that a variant learned from', () => {
    const report = createReport({ ...exampleSource, variants: [{ ...variant!, teacher: 'large_v2.onnx' }] });
    expect(parseReport(asJson(report)).variants[0]?.teacher).toBe('large_v2.onnx');
    expect(reportToMarkdown(report)).toContain('- Teacher for training: large\\_v2.onnx.');
    expect(reportToMarkdown(reportOfExample())).not.toContain('Teacher for training');
  });

  it('carries the times over the values of a setting, of its own variants', () => {
    const points = exampleSweep('v1').points.map((point) => ({ axis: 'batch', ...point }));
    const sweep = { ...exampleSweep('v1'), points, notes: ['a batch of 64 was not measured: Out of memory.'] };
    const report = createReport({ ...exampleSource, sweeps: [sweep, { ...sweep, variant: 'deleted' }] });
    expect(report.sweeps).toEqual([{ ...exampleSweep('v1'), notes: sweep.notes }]);
    expect(parseReport(asJson(report))).toEqual(report);
    expect(reportToMarkdown(report)).toContain('a batch of 64 was not measured: Out of memory.');
  });

  it('carries details of passes: long tables cut, curves thinned to their ends, bars added up', () => {
    const report = createReport(withDetails(details));
    expect(parseReport(asJson(report))).toEqual(report);
    const reported = report.variants[0]?.passes[0]?.details ?? {};
    expect(reported['layers']).toMatchObject({ leftOutRows: 300 - mostRows, total: ['', 42] });
    expect(reported['layers']).toMatchObject({ rows: expect.arrayContaining([['graph/Conv_0', null]]) as unknown });
    const { loss, range } = reported;
    const points = loss?.kind === 'curve' ? loss.series[0]!.points : [];
    expect([points.length, points[0], points.at(-1)]).toEqual([200, [0, 1], [1000, 1 / 1001]]);
    const counts = range?.kind === 'histogram' ? range.counts : [];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2000);
    expect(range).toMatchObject({ edges: expect.arrayContaining([0, 1000]) as unknown });
    const markdown = reportToMarkdown(report).replaceAll('\u00a0', ' ');
    expect(markdown).toContain('  - It went well.');
    expect(markdown).toContain('| Conv\\_2 | 2.0 dB |');
    expect(markdown).toContain('and 290 more rows');
    expect(markdown).toContain('- held out: from 1 at 0 to 0.000999 at 1,000, lowest 0.000999 at 1,000');
    expect(markdown).toContain('- kept up to: 900');
  });
});

describe('a report of a later Pareto', () => {
  const known = reportOfExample();
  const [knownVariant] = known.variants;
  const [knownCell] = known.cells;

  it('opens without unknown parts, and reports that', () => {
    const [pass] = knownVariant!.passes;
    const mapping = { inputs: { x: { lidar: 1 } }, labels: { array: 'y' } };
    const report = parseReport({
      ...known,
      data: { kind: 'recorded', tape: 1 },
      cells: [
        { ...knownCell, flags: ['drift', 'solar-flare'] },
        { ...knownCell, ep: 'webnn-quantum' },
      ],
      comparisons: [...known.comparisons, { ...known.comparisons[0], verdict: 'much-faster' }],
      evaluationData: { ...exampleEvaluated.data, mapping },
      variants: [
        {
          ...knownVariant,
          recipe: { ...knownVariant!.recipe, data: { mapping } },
          passes: [{ ...pass, details: { cloud: { kind: 'cloud', title: 'Points', points: [1] } } }],
        },
      ],
    });
    expect(report.cells.map(({ flags }) => flags)).toEqual([['drift', 'solar-flare']]);
    expect(report.comparisons).toHaveLength(1);
    expect(report.data).toEqual({ kind: 'none' });
    expect(report.evaluationData?.mapping.labels).not.toBeNull();
    expect(report.notes).toEqual(['A newer Pareto wrote this report: 2 results cannot be shown here.']);
    expect(reportToMarkdown(report)).toContain('This Pareto cannot show these details.');
    expect(parseReport(asJson(report))).toEqual(report);
  });

  it('is damaged by an invalid known field, not unknown', () => {
    const steady = { ...knownCell!.steady, medianMs: 'fast' };
    expect(() => parseReport({ ...known, cells: [{ ...knownCell, steady }] })).toThrow(/cells\.0\.steady\.medianMs/);
  });
});

describe('a saved report', () => {
  const folder = new URL('./fixtures/', import.meta.url);

  it('opens as a file and in a link', async () => {
    const text = readFileSync(new URL('report-1.json', folder), 'utf8');
    const report = parseReport(JSON.parse(text));
    expect(report.version).toBe(reportVersion);
    expect(report.variants.map(({ name }) => name)).toEqual(['INT8 dynamic', 'Prune 50 %']);
    expect(reportToMarkdown(report)).toContain('of the weights that the pass covers are zero');
    expect(await decodeReportFragment(`#r=1.${deflateRawSync(text).toString('base64url')}`)).toEqual(report);
  });

  it('answer changes anywhere with a report or a sentence', () => {
    const text = readFileSync(new URL('report-1.json', folder), 'utf8');
    const values: readonly unknown[] = [null, 0, -1, 'x', [], {}, { toString: 1 }, true];
    fc.assert(
      fc.property(fc.nat(400), fc.constantFrom(...values), (place, value) => {
        let visited = 0;
        const mutated: unknown = JSON.parse(text, (_, old: unknown) => ((visited += 1) === place ? value : old));
        try {
          parseReport(mutated);
        } catch (error) {
          expect(isParetoError(error)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
