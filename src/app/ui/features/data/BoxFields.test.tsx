import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { BoxLayout } from '../../../../engine/data/mapping/mapping';
import { BoxFields } from './MappingEditor';

const markupOf = (boxes?: Partial<BoxLayout>): string =>
  renderToStaticMarkup(
    <MantineProvider env="test">
      <BoxFields boxes={boxes} />
    </MantineProvider>,
  );

it('shows the settings of the user about boxes, and detects the rest', () => {
  const chosenIn = (boxes: Partial<BoxLayout>) =>
    [...markupOf(boxes).matchAll(/<option[^>]*selected[^>]*>([^<]*)</g)].map(([, label]) => label);
  expect(chosenIn({ objectness: false, suppressAbove: null })).toEqual([
    'detected',
    'detected',
    'detected',
    'no',
    'detected',
    'kept',
  ]);
  expect(chosenIn({ suppressAbove: 0.6 }).at(-1)).toBe('removed above 0.6');
  expect(markupOf()).not.toContain('<select');
});
