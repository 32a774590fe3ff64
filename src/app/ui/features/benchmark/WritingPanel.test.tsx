import { MantineProvider } from '@mantine/core';
import type { ComponentProps } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { WritingResults } from './WritingPanel';

const names: Readonly<Record<string, string>> = { original: 'original', v1: 'small' };
const markupOf = (given: Partial<ComponentProps<typeof WritingResults>>) =>
  renderToStaticMarkup(
    <MantineProvider env="test">
      <WritingResults speeds={[]} pieces={[]} hasTokenizer nameOf={(id) => names[id] ?? id} {...given} />
    </MantineProvider>,
  );

it('asks for texts with their tokenizer, and then for a prompt', () => {
  expect(markupOf({ hasTokenizer: false })).toContain('tokenizer.json');
  expect(markupOf({ hasTokenizer: false })).not.toContain('Prompt</label>');
  expect(markupOf({})).toContain('Prompt</label>');
});

it('marks a text from the first token that differs', () => {
  const piece = { tokens: 3, firstTokenMs: 12, tokensPerSecond: 50 };
  const pieces = [
    { ...piece, variant: 'original', text: 'the cat sat', same: null },
    { ...piece, variant: 'v1', text: 'the cat ran', same: 'the cat ' },
  ];
  const markup = markupOf({ pieces });
  expect(markup).toMatch(/the cat <mark[^>]*>ran<\/mark>/);
  expect(markup).toMatch(/>the cat sat</);
  expect(markup).toContain('50.0 tokens/s, differs');
});

it('shows speeds by the tokens in the cache, with the ratio to the original', () => {
  const times = { cacheLength: 256, firstTokenMs: 80, prefillTokensPerSecond: 3200, decodeTokensPerSecond: 40 };
  const ratio = { value: 1.5, interval: [1.4, 1.6] } as const;
  const own = { ep: 'wasm', threads: 1 } as const;
  const markup = markupOf({
    speeds: [
      { ...own, variant: 'original', generation: [{ ...times, interval: [39, 41] }] },
      { ...own, variant: 'v1', generation: [{ ...times, interval: [58, 62], ratio }] },
    ],
  });
  for (const shown of ['256', '40.0 (39.0–41.0)', '1.50× (1.40–1.60)', 'small']) expect(markup).toContain(shown);
});
