import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { KnownOutput } from '../../state/search/known-outputs';
import { OutputKindField } from './OutputKindFields';

const found: KnownOutput = {
  name: 'y',
  kind: 'embedding',
  reason: 'its vectors have length 1',
  isChosen: false,
  possible: ['scores', 'embedding'],
};
const markupOf = (output: KnownOutput) =>
  renderToStaticMarkup(
    <MantineProvider env="test">
      <OutputKindField output={output} />
    </MantineProvider>,
  );

it('names the kind of an output and its reason, and offers the alternatives', () => {
  const markup = markupOf(found);
  expect(markup).toMatch(/<option value="found" selected="">an embedding \(detected\)</);
  expect(markup).toMatch(/<option value="scores">class scores</);
  expect(markup).toContain('its vectors have length 1');
  expect(markupOf({ ...found, kind: 'scores', isChosen: true })).toMatch(/<option value="scores" selected="">/);
  // Texts are nothing else.
  expect(markupOf({ ...found, kind: 'texts', possible: [] })).not.toContain('<select');
});
