import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { BoxLayout } from '../../../../engine/data/mapping/mapping';
import { BoxFields } from './BoxFields';

const markupOf = (boxes?: Partial<BoxLayout>): string =>
  renderToStaticMarkup(
    <MantineProvider env="test">
      <BoxFields boxes={boxes} />
    </MantineProvider>,
  );

it('shows what a person states about boxes, and that the rest is detected', () => {
  const markup = markupOf({ objectness: false, suppressAbove: null });
  const chosen = [...markup.matchAll(/<option[^>]*selected[^>]*>([^<]*)</g)].map(([, label]) => label);
  expect(chosen).toEqual(['detected', 'detected', 'detected', 'no', 'detected', 'kept']);
  expect(markupOf()).not.toContain('<select');
});
