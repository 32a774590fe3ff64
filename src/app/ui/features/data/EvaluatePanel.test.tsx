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

it('says why one model alone cannot be evaluated without labels', () => {
  changeMapping((mapping) => ({ ...mapping, labels: null }), 'labels');
  expect(buttonOf(markupNow())).toMatch(/disabled/);
  expect(markupNow()).toContain('Without labels, one model alone cannot be evaluated');
});

it('says where to mend data that does not fit the model', () => {
  expect(buttonOf(markupNow(false))).toMatch(/disabled/);
  expect(markupNow(false)).toContain('The data does not fit the model yet: see “Input mapping”.');
});
