import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, expect, it } from 'vitest';
import { changeMapping } from '../../../state/data/data-actions';
import { beginWork, endWork, workspaceStore } from '../../../state/workspace/workspace-store';
import { dataOf, originalOf } from '../../../testing/work-fixtures';
import { EvaluatePanel } from './EvaluatePanel';

const buttonOf = (markup: string) => /<button[^>]*data-testid="evaluate"[^>]*>/.exec(markup)?.[0] ?? '';
const markupNow = (fits = true) =>
  renderToStaticMarkup(
    <MantineProvider env="test">
      <EvaluatePanel data={workspaceStore.getState().data!} fits={fits} />
    </MantineProvider>,
  );

beforeEach(() => {
  endWork();
  beginWork(originalOf());
  workspaceStore.setState({ data: dataOf() });
});

it('offers to evaluate the models that can be evaluated', () => {
  expect(buttonOf(markupNow())).not.toMatch(/disabled/);
  expect(markupNow()).toContain('on 100 samples');
});

it('offers to make a variant if one model alone cannot be evaluated without labels', () => {
  changeMapping((mapping) => ({ ...mapping, labels: null }), 'labels');
  expect(buttonOf(markupNow())).toBe('');
  expect(markupNow()).not.toMatch(/<button[^>]*disabled/);
  expect(markupNow()).toContain('Find the best');
  expect(markupNow()).toContain('Make a variant first.');
});

it('links to the place to mend data that does not fit the model', () => {
  expect(buttonOf(markupNow(false))).toBe('');
  expect(markupNow(false)).toContain('Show the input mapping');
  expect(markupNow(false)).toContain('The data does not fit the model yet.');
});
