import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { DataMapping } from '../../../../engine/data/mapping/mapping';
import { dataOf, originalOf } from '../../../testing/work-fixtures';
import { LabelFields } from './LabelFields';

const head = (name: string) => ({ name, dtype: 'float32', shape: ['N', 10] });
function markupOf(outputNames: readonly string[], mapping: DataMapping): string {
  const original = originalOf();
  const outputs = outputNames.map(head);
  return renderToStaticMarkup(
    <MantineProvider env="test">
      <LabelFields
        data={{ ...dataOf(), mapping }}
        original={{ ...original, inspection: { ...original.inspection, outputs } }}
        problems={[]}
      />
    </MantineProvider>,
  );
}
const labeled: DataMapping = { inputs: {}, labels: { array: 'labels' } };

it('shows the evaluated output if others are possible, also with a task that fits', () => {
  const two = markupOf(['coarse', 'fine_scores'], labeled);
  expect(two).toMatch(/<input[^>]*value="Classification \(detected\)"/);
  expect(two).toContain('Evaluated output');
  expect(two).toMatch(/<input[^>]*value="fine_scores"/);
  expect(markupOf(['coarse'], labeled)).not.toContain('Evaluated output');
  expect(markupOf(['coarse', 'fine_scores'], { ...labeled, labels: null })).not.toContain('Evaluated output');
  const fedBack = { ...labeled, inputs: { h: { state: 'fine_scores' } } };
  expect(markupOf(['coarse', 'fine_scores'], fedBack)).not.toContain('Evaluated output');
});
