import { describe, expect, it } from 'vitest';
import { createReport } from '../../../../engine/report/create-report';
import { exampleEvaluated } from '../../../../engine/report/testing/evaluation-source';
import { exampleSource } from '../../../../engine/report/testing/report-source';
import { buildComparisonModel } from './comparison-model';

const plain = (text: string | undefined): string | undefined => text?.replaceAll('\u00a0', ' ');

describe('the column of accuracy', () => {
  const model = buildComparisonModel(createReport({ ...exampleSource, evaluated: exampleEvaluated }));
  const column = model.columns.find(({ id }) => id === 'accuracy');

  it('stands on a whole axis, with samples, intervals and the paired difference', () => {
    expect(column).toMatchObject({ title: 'Top-1 accuracy', maximum: 1, note: 'n = 797' });
    const [original, variant] = column!.marks;
    expect(plain(original?.label)).toBe('97.9 %');
    expect(plain(original?.detail)).toBe('96.6–98.7 %');
    expect(plain(variant?.detail)).toBe('probably outside');
    expect(variant?.tone).toBe('worse');
    expect(plain(variant?.exact)).toBe('95.9 % (94.3–97.0 %), probably outside, difference −3.1 to −0.9 points');
    expect(model.title).toBe('Size, latency, output error and accuracy of model.onnx');
  });

  it('is not there without data', () => {
    const { columns } = buildComparisonModel(createReport(exampleSource));
    expect(columns.some(({ id }) => id === 'accuracy')).toBe(false);
  });
});
