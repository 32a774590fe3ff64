import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { CheckFindings } from './DataCheckBanner';

it('shows known facts beside the reason why a check was skipped', () => {
  const markup = renderToStaticMarkup(
    <MantineProvider env="test">
      <CheckFindings
        warnings={[{ code: 'label-values', message: 'The output has 4 classes, but the data has 10.' }]}
        skipped="The labels were not checked."
      />
    </MantineProvider>,
  );
  expect(markup).toMatch(/but the data has 10\.[^]*The labels were not checked\.[^]*Check<\/span>/);
});
