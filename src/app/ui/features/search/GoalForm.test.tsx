import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, expect, it } from 'vitest';
import { usualGoal, type SearchLimits } from '../../../../engine/search/search-goal';
import type { OutputEnding } from '../../../../engine/metrics/output-kind';
import { beginWork, endWork, workspaceStore } from '../../../state/workspace/workspace-store';
import { dataOf, originalOf } from '../../../testing/work-fixtures';
import { GoalForm } from './GoalForm';

function open(width: number, ending: OutputEnding): void {
  const original = originalOf();
  const outputs = [{ name: 'y', dtype: 'float32', shape: ['N', width], ending }];
  beginWork({ ...original, inspection: { ...original.inspection, outputs } });
  workspaceStore.setState({ data: { ...dataOf(), mapping: { ...dataOf().mapping, labels: null } } });
}

function markupOf(limits: SearchLimits = usualGoal.limits): string {
  const goal = { ...usualGoal, limits, families: [] };
  return renderToStaticMarkup(
    <MantineProvider env="test">
      <GoalForm goal={goal} onChange={() => undefined} onStart={() => undefined} isFirst />
    </MantineProvider>,
  );
}

const chosenOf = (markup: string) =>
  /aria-label="At most lost"[^]*?<option value="([^"]*)" selected="">([^<]*)</.exec(markup)?.slice(1);

beforeEach(endWork);

it('offers limits in the unit of what outputs hold', () => {
  open(384, { op: 'Div', form: 'unit-length' });
  expect(chosenOf(markupOf())).toEqual(['0.002', '0.002 of the cosine']);
  expect(markupOf()).toContain('aria-label="Neighbors changed at most, %"');
  expect(chosenOf(markupOf({ ...usualGoal.limits, cosineLoss: 0.003 }))).toEqual(['0.003', '0.003 of the cosine']);
  endWork();
  open(10, { op: 'Gemm', form: 'linear' });
  expect(chosenOf(markupOf())).toEqual(['0.01', '1 % of the answers']);
  expect(markupOf()).not.toContain('Neighbors changed');
  expect(markupOf()).toContain('aria-label="SQNR at least, dB"');
  endWork();
  open(3, { op: 'Tanh', form: 'other' });
  expect(chosenOf(markupOf())).toEqual(['20', 'to 20 dB']);
});

it('says what each output is compared as and why, to be changed', () => {
  open(384, { op: 'Div', form: 'unit-length' });
  const markup = markupOf();
  expect(markup).toMatch(/aria-label="y, compared as"[^]*an embedding \(found\)/);
  expect(markup).toContain('the graph scales its vectors to length 1');
});
