import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { InputMapping } from '../../../../engine/data/mapping/mapping';
import { dataOf, originalOf } from '../../../testing/work-fixtures';
import { InputMappingField } from './InputMappingField';

const input = { name: 'x', dtype: 'float32', shape: ['N', 4] };
const markupOf = (inputs: Readonly<Record<string, InputMapping>>, problem: string | null = null) =>
  renderToStaticMarkup(
    <MantineProvider env="test">
      <InputMappingField
        input={input}
        data={{ ...dataOf(), mapping: { inputs, labels: null } }}
        original={originalOf()}
        problem={problem}
      />
    </MantineProvider>,
  );

it('describes the kind of tokens, their count, and their padding', () => {
  const tokens = markupOf({ x: { text: { gives: 'attention_mask', length: 64, array: 'review' } } });
  expect(tokens).toMatch(/<input[^>]*value="Text tokens"/);
  expect(tokens).toMatch(/<input[^>]*value="Attention mask"/);
  expect(tokens).toMatch(/<input[^>]*value="64"/);
  // The input of the test has a fixed size.
  expect(tokens).not.toContain('Pad to');
});

it('shows an unmapped input as a choice to make, and a constant input as 0', () => {
  const open = markupOf({}, 'Set its source.');
  expect(open).toContain('placeholder="Choose a source"');
  expect(open).not.toContain('Constant"');
  expect(open).not.toContain('Number</label>');
  expect(open).toContain('Set its source.');
  const zero = markupOf({ x: { value: 0 } });
  expect(zero).toMatch(/<input[^>]*value="Constant"/);
  expect(zero).toContain('Number</label>');
});
