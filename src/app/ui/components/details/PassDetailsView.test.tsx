import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { ShownDetail } from '../../../../engine/passes/pass-details';
import { PassDetailsView } from './PassDetailsView';

function render(details: Readonly<Record<string, ShownDetail>>): string {
  const markup = renderToStaticMarkup(
    <MantineProvider env="test">
      <PassDetailsView details={details} fileName="variant" />
    </MantineProvider>,
  );
  return markup.replaceAll(/<style.*?<\/style>/gs, '').replaceAll(/<[^>]*>/g, ' ');
}

describe('details of a pass on the page', () => {
  it('are a table, a page at a time, with its total', () => {
    const markup = render({
      layers: {
        kind: 'table',
        title: 'Error of each layer',
        columns: [
          { label: 'Layer', unit: 'path' },
          { label: 'SQNR', unit: 'decibels' },
          { label: 'Share', unit: 'share' },
        ],
        rows: Array.from({ length: 120 }, (_, index) => [`graph/Conv_${index}`, index, null]),
        total: ['', 42, 0.5],
        leftOutRows: 7,
      },
    });
    expect(markup).toContain(' Conv_ 49 ');
    expect(markup).not.toContain(' Conv_ 50 ');
    expect(markup).toContain('1–50 of 120');
    expect(markup).toMatch(/Total.*42\sdB.*50\.0\s%/);
    expect(markup).toContain('7 more rows not in the report');
  });

  it('are a chart of a known form, and a sentence for an unknown one', () => {
    const later = { kind: 'cloud', title: 'Points', points: [1] } as unknown as ShownDetail;
    const axis = { label: 'Step', unit: 'count' } as const;
    const markup = render({ later, curve: { kind: 'curve', title: 'Loss', x: axis, y: axis, series: [] } });
    expect(markup).toContain('Points');
    expect(markup).toContain('This Pareto cannot show these details');
  });
});
