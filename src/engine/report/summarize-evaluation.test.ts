import { describe, expect, it } from 'vitest';
import { createReport } from './create-report';
import { findEvaluation } from './find-in-report';
import { reportToCsv } from './csv';
import { decodeReportFragment, encodeReportFragment } from './link-codec';
import { reportToMarkdown } from './markdown';
import { parseReport } from './report-schema';
import { summarizeEvaluation } from './create-report';
import { exampleEvaluated, exampleEvaluation } from './testing/evaluation-source';
import { exampleSource } from './testing/report-source';

const report = createReport({ ...exampleSource, evaluated: exampleEvaluated });

describe('a report with accuracy', () => {
  it('comes back whole from its link', async () => {
    expect(await decodeReportFragment(await encodeReportFragment(report))).toEqual(report);
    expect(findEvaluation(report, 'v1')).toMatchObject({ samples: 797, difference: { onlyOriginal: 20 } });
  });

  it('is refused when a figure has no interval, or the mapping is none', () => {
    const changed = (change: (copy: { evaluations: { metrics: object }[]; evaluationData: object }) => void) => {
      const copy = JSON.parse(JSON.stringify(report)) as Parameters<typeof change>[0];
      change(copy);
      return () => parseReport(copy);
    };
    expect(changed((copy) => (copy.evaluations[0]!.metrics = { top1: { value: 1 } }))).toThrow('evaluations.0.metrics');
    expect(changed((copy) => Object.assign(copy.evaluationData, { mapping: 1 }))).toThrow('evaluationData.mapping');
    expect(changed((copy) => Object.assign(copy.evaluationData, { fingerprint: 'x' }))).toThrow('fingerprint');
  });

  it('leaves out matrices that no page shows, and figures that are no numbers', () => {
    const names = Array.from({ length: 30 }, (_, index) => String(index));
    const confusion = names.map(() => names.map(() => 1));
    const accuracy = {
      ...exampleEvaluation.accuracy!,
      metrics: { top1: { value: Number.NaN, interval: [0, 1] as const } },
      classes: { names, confusion },
    };
    const summary = summarizeEvaluation({ ...exampleEvaluation, accuracy });
    expect(summary.classes).toBeUndefined();
    expect(summary.metrics).toEqual({});
  });

  it('keeps that the outputs of a model that draws random numbers cannot be compared', () => {
    const outputs = {
      sqnrDb: 1,
      maxAbs: 1,
      cosine: 0,
      identical: false,
      samples: 9,
      inputs: 'data',
      outputs: [],
    } as const;
    const outputMatch = { ...outputs, valid: false, comparable: false, perOutput: [] };
    const summary = summarizeEvaluation({ ...exampleEvaluation, outputMatch });
    expect(summary.match).toEqual({ sqnrDb: 1, identical: false, valid: false, comparable: false });
    const random = { ...report, evaluations: [{ ...summary, variant: 'v1' }] };
    expect(parseReport(JSON.parse(JSON.stringify(random)))).toEqual(random);
  });

  it('says why a figure is doubtful, and not which order of classes was proposed', () => {
    const warnings = [{ code: 'class-order', message: 'It is doubtful.', classes: ['a', 'b'] }] as const;
    const summary = summarizeEvaluation({
      ...exampleEvaluation,
      accuracy: { ...exampleEvaluation.accuracy!, warnings },
    });
    expect(summary).toMatchObject({ warnings: ['It is doubtful.'], unchecked: 'labels' });
    const doubtful = { ...report, evaluations: [{ ...summary, variant: 'v1' }] };
    expect(parseReport(JSON.parse(JSON.stringify(doubtful)))).toEqual(doubtful);
    expect(reportToMarkdown(doubtful)).toContain('It is doubtful.');
  });

  it('says samples, interval and difference in Markdown', () => {
    const text = reportToMarkdown(report).replaceAll('\u00a0', ' ');
    expect(text).toContain('Top-1 accuracy 97.9 % (96.6–98.7 %) on 797 samples |');
    expect(text).toContain(
      '95.9 % (94.3–97.0 %) on 797 samples. 2 points of accuracy lost on 797 samples (0.9 to 3.1), probably above the default limit of 1 point',
    );
    expect(text).toContain(
      'pets.zip, 797 of 999 evaluated, 2 skipped because they could not be read or used, 200 held out, seed 1',
    );
    expect(reportToMarkdown(createReport(exampleSource))).not.toContain('Accuracy |');
  });

  it('has its figures in every line of the variant in CSV', () => {
    const [head, original, variant] = reportToCsv(report).trimEnd().split('\r\n');
    expect(head).toContain('failure,accuracy_metric,accuracy,accuracy_low');
    expect(original).toMatch(/,top1,0\.9787,0\.966,0\.987,797,wasm,,,$/);
    expect(variant).toMatch(/,top1,0\.9587,0\.943,0\.97,797,wasm,-0\.02,-0\.031,-0\.009$/);
  });
});
