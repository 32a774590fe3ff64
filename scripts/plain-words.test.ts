/** Titles of tests say verb and object in few words, and every text has one spelling: CONTRIBUTING.md. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'vite';
import { expect, it } from 'vitest';
import { root } from './preparation.mjs';

const mostWords = 18;
const vague = /\b(what|where|whatever|nobody|of now)\b/i;
// Character classes keep the pattern from finding itself.
const stems = ['recogni', 'summari', 'optimi', 'initiali', 'normali', 'quanti', 'seriali', 'organi'];
const british = new RegExp(
  `(colo|behavio|favo|neighbo)[u]r|artef[a]ct|labell[e]d(?!by)|modell[i]ng|(${stems.join('|')})s(e|ed|es|ing|ation)\\b`,
  'i',
);

function tracked(...patterns: string[]): string[] {
  return execFileSync('git', ['ls-files', '--', ...patterns], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is SyntaxNode => typeof value === 'object' && value !== null && 'type' in value;

function* nodesOf(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) for (const each of value) yield* nodesOf(each);
  else if (isNode(value)) {
    yield value;
    for (const [key, each] of Object.entries(value)) if (key !== 'type') yield* nodesOf(each);
  }
}

/** First arguments of `describe`, `it` and `test`, also behind `.each(…)`. Parts that a template computes count as one word. */
function titlesOf(source: string, isTsx: boolean): string[] {
  const calls = [...nodesOf(parseAst(source, { lang: isTsx ? 'tsx' : 'ts' }))].filter(
    ({ type }) => type === 'CallExpression',
  );
  return calls.flatMap((call) => {
    const [title] = call['arguments'] as SyntaxNode[];
    const callee = call['callee'] as SyntaxNode;
    if (!/^(describe|it|test)\b/.test(source.slice(callee.start, callee.end))) return [];
    if (title?.type !== 'Literal' && title?.type !== 'TemplateLiteral') return [];
    return [source.slice(title.start + 1, title.end - 1).replaceAll(/\$\{[^}]*\}/g, 'x')];
  });
}

it('titles of tests have at most 18 words, and none that is vague', () => {
  const files = tracked('*.test.ts', '*.test.tsx', '*.spec.ts');
  expect(files.length).toBeGreaterThan(500);
  const titles = files.flatMap((file) => titlesOf(readFileSync(path.join(root, file), 'utf8'), file.endsWith('x')));
  expect(titles.length).toBeGreaterThan(3000);
  expect(titles.filter((title) => title.split(/\s+/).length > mostWords || vague.test(title))).toEqual([]);
});

it('code and documents are in American spelling', () => {
  const files = tracked('*.ts', '*.tsx', '*.mjs', '*.css', '*.md', '*.py');
  const lines = files.flatMap((file) =>
    readFileSync(path.join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (british.test(line) ? [`${file}:${index + 1}`] : [])),
  );
  expect(lines).toEqual([]);
});
