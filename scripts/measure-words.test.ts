import { expect, it } from 'vitest';
import { measure, sentencesOf } from './measure-words.mjs';

const page = `# A title is no sentence

The first sentence. The second has \`code in it\`, and a [link with words](x.md).

| a | table |
| --- | --- |

- An item
- Another item. It has two sentences.

\`\`\`sh
not counted at all
\`\`\`

<!-- from the code: passes -->
Nothing of this is written by hand.
<!-- end -->
`;

it('counts prose by sentences, without headings, tables, code and generated parts', () => {
  expect(sentencesOf(page)).toEqual([
    'The first sentence.',
    'The second has code, and a link with words.',
    'An item',
    'Another item.',
    'It has two sentences.',
  ]);
  expect(measure(['One two three.', Array.from({ length: 31 }, () => 'word').join(' ')])).toEqual({
    words: 34,
    mean: 17,
    longShare: 0.5,
  });
});
