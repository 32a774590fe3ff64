/** Documents name files, links, commands, options and buttons that exist, in prose and in blocks of code. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOfCommandLine } from './documents/check-command-line.ts';
import {
  blocksOf,
  commandLinesIn,
  documentFiles,
  headingAnchors,
  linksIn,
  withoutBlocks,
} from './documents/read-document.mjs';

const folders = [
  'src',
  'workers',
  'kernels',
  'cli',
  'library',
  'examples',
  'bench',
  'e2e',
  'scripts',
  'tools',
  'action',
  'docs',
  'public',
];
const paths = folders.flatMap((folder) => [`/${folder}`, ...filesIn(folder).map((file) => `/${file}`)]);
const documents = documentFiles();
const textOf = (document: string) => readFileSync(document, 'utf8');

/** Files of builds, bundles, exports and examples, which the checkout does not hold. */
const notHere =
  /^(dist\/.*|.*\bx\.[\w.]+|evidence\/|checklist\.md|(server|monitoring|rollout|models|kubernetes|deploy|photos|found|pareto)\/([\w.]+)?|(coreml|openvino)\/convert\.py|verify\.py|measure\.mjs|web\/run-model\.js|\.[\w.]+|\.cache\/.*)$/;

function filesIn(folder: string, named = /./): readonly string[] {
  const files = readdirSync(folder, { recursive: true }).map((file) => slashed(String(file)));
  return files.filter((file) => named.test(file)).map((file) => `${folder}/${file}`);
}

function slashed(file: string): string {
  return file.replaceAll('\\', '/');
}

/** `passes/{prune,train}/` stands for two paths. */
function expand(text: string): string[] {
  const [whole, before, choices, after] = /^(.*)\{(.*)\}(.*)$/.exec(text) ?? [];
  return whole === undefined ? [text] : choices!.split(',').flatMap((choice) => expand(`${before}${choice}${after}`));
}

function pathsInProse(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`(?:…\/)?([\w.\-/{},]+(?:\.(?:tsx?|mjs|py|md)|\/))`/g)].flatMap(
    ([, named]) => expand(named!),
  );
}

/** Paths in blocks that begin with a folder of the checkout. Other paths are not its files. */
function pathsInBlocks(text: string): string[] {
  const ofCheckout = new RegExp(`(?<![\\w./-])(?:${folders.join('|')})/[\\w.\\-/]*\\w`, 'g');
  return blocksOf(text).flatMap(({ content }) => content.match(ofCheckout) ?? []);
}

function isThere(named: string): boolean {
  if (['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].includes(named)) return true;
  const end = `/${named.replace(/\/$/, '')}`;
  // A block may leave out the ending of a source file, as imports do.
  return paths.some((known) => known.endsWith(end) || known === `${end}.ts` || known === `${end}.tsx`);
}

describe.each(documents)('%s', (document) => {
  const text = textOf(document);

  it('names files that exist', () => {
    const named = [...pathsInProse(text), ...pathsInBlocks(text)];
    const made = [...text.matchAll(/Save it as\s+`([^`]+)`/g)].map(([, file]) => file);
    expect(named.filter((each) => !notHere.test(each) && !made.includes(each) && !isThere(each))).toEqual([]);
  });

  it('links to pages and headings that exist', () => {
    const broken = linksIn(text).filter(({ file, anchor }) => {
      const target = file === '' ? document : slashed(path.normalize(path.join(path.dirname(document), file)));
      if (!paths.includes(`/${target}`) && !documents.includes(target) && target !== 'LICENSE') return true;
      return anchor !== undefined && !headingAnchors(textOf(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('shows commands with options that exist', async () => {
    const problems = await Promise.all(commandLinesIn(text).map(problemOfCommandLine));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });
});

describe('the guide', () => {
  const sources = [...filesIn('src/app', /\.tsx?$/), ...filesIn('src/engine', /^(passes|recipe|search)\b.*\.ts$/)]
    .filter((file) => !file.includes('.test.'))
    .map(textOf)
    .join('\n')
    .replaceAll(/\s+/g, ' ');
  const titlesOfSamples = readFileSync('public/samples/samples.json', 'utf8');
  const pages = documents.filter((document) => document.startsWith('docs/guide/'));

  it.each(pages)('%s names controls by the words that the page shows (in bold)', (page) => {
    const shown = [...withoutBlocks(textOf(page)).matchAll(/\*\*([^*]+?)\.?\*\*/g)].map(([, words]) =>
      words!.replaceAll(/\s+/g, ' '),
    );
    const unknown = shown.filter((words) => !sources.includes(words) && !titlesOfSamples.includes(words));
    expect(unknown).toEqual([]);
  });

  it('has every page in its index', () => {
    const linked = linksIn(textOf('docs/guide/README.md')).map(({ file }) => `docs/guide/${file}`);
    expect(pages.filter((page) => page !== 'docs/guide/README.md' && !linked.includes(page))).toEqual([]);
  });
});
