import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { DataMapping } from '../../../../engine/data/mapping/mapping';
import type { Evaluation } from '../../../../engine/metrics/evaluation';
import { dataOf, evaluationOf } from '../../../testing/work-fixtures';
import type { ResultRow } from './results-model';
import { ResultsTable } from './ResultsTable';

const good = evaluationOf('original');
const notEvaluated: Evaluation = { ...good, variant: 'v1', accuracy: null };
const failed: Evaluation = { ...notEvaluated, samples: 0, failure: 'The variant “v1” did not run: out of memory.' };

function rowOf(evaluation: Evaluation, mapping: DataMapping = dataOf().mapping): ResultRow {
  const { key, description } = dataOf().evaluation;
  const context = {
    ...{ dataName: description.name, dataKey: key, mapping, split: dataOf().split, freeDimensions: {}, device: null },
    ...{ sha256: 'a'.repeat(64), evaluatedAt: '2026-01-01T00:00:00.000Z' },
  };
  return { id: evaluation.variant, name: 'INT8', color: 'gray', recorded: { evaluation, context }, stale: false };
}

/** The cells of the row of `v1` as they are read, beside an original that was evaluated. */
function cellsOf(row: ResultRow): readonly string[] {
  const markup = renderToStaticMarkup(
    <MantineProvider env="test">
      <ResultsTable rows={[rowOf(good), row]} where="WASM" />
    </MantineProvider>,
  );
  const [, cells = ''] = /data-testid="result-v1">(.*?)<\/tr>/s.exec(markup) ?? [];
  return cells.split(/<\/t[hd]>/).map((cell) => cell.replaceAll(/<[^>]*>/g, ''));
}

describe('ResultsTable', () => {
  it('says why a variant did not run, and claims no figure for it', () => {
    expect(cellsOf(rowOf(failed))).toEqual([
      'INT8The variant “v1” did not run: out of memory.',
      ...['did not run', '–', '–', '–', '–', ''],
    ]);
  });

  it('writes no NaN for an undefined figure', () => {
    const undefinedShare = { value: Number.NaN, interval: [Number.NaN, Number.NaN] } as const;
    const accuracy = { ...good.accuracy!, metrics: { ...good.accuracy!.metrics, top5: undefinedShare } };
    const cells = cellsOf(rowOf({ ...good, variant: 'v1', accuracy }));
    expect(cells).toContain('not defined');
    expect(cells.join()).not.toContain('NaN');
  });

  it('explains that labels fit no output if outputs alone were compared', () => {
    const [name, accuracy] = cellsOf(rowOf(notEvaluated));
    expect(name).toContain('The labels fit no output of the model, so accuracy is unknown.');
    expect(accuracy).toBe('labels do not fit');
  });

  it('shows the match of outputs with those that the data records, if it records some', () => {
    const outputs = [{ name: 'y', sqnrDb: 63.4, maxAbs: 0.001, cosine: 1 }];
    const match = { sqnrDb: 63.4, maxAbs: 0.001, cosine: 1, identical: false, samples: 3, inputs: 'data' } as const;
    const recorded = { ...match, outputs, perOutput: [], valid: true };
    expect(cellsOf(rowOf({ ...notEvaluated, recorded })).slice(-4)).toEqual([
      'reference',
      '0.068\u00a0%',
      '7972 skipped',
      '',
    ]);
  });

  it('reports only that labels are missing, or were not requested', () => {
    const { mapping } = dataOf();
    expect(cellsOf(rowOf(notEvaluated, { ...mapping, labels: null })).slice(0, 2)).toEqual(['INT8', 'no labels']);
    const [name] = cellsOf(rowOf(notEvaluated, { ...mapping, task: { kind: 'match' } }));
    expect(name).toBe('INT8');
    expect(cellsOf(rowOf({ ...good, variant: 'v1' }))[0]).toBe('INT8');
  });
});
