/** Documents name files and folders that are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const folders = ['src', 'workers', 'cli', 'bench', 'e2e', 'scripts', 'tools', 'docs', 'public'];
const paths = folders.flatMap((folder) => [
  `/${folder}`,
  ...readdirSync(folder, { recursive: true }).map((path) => `/${folder}/${String(path)}`),
]);

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', { recursive: true }).map((name) => `docs/${String(name)}`),
].filter((name) => name.endsWith('.md'));
/** What a build, a bundle or an example is made of. */
const notHere =
  /^(dist\/.*|.*\bx\.[\w.]+|evidence\/|checklist\.md|(server|monitoring)\/([\w.]+)?|(coreml|openvino)\/convert\.py|verify\.py|web\/run-model\.js|\.[\w.]+)$/;

/** `passes/{prune,train}/` stands for two paths. */
function expand(text: string): string[] {
  const [whole, before, choices, after] = /^(.*)\{(.*)\}(.*)$/.exec(text) ?? [];
  return whole === undefined ? [text] : choices!.split(',').flatMap((choice) => expand(`${before}${choice}${after}`));
}

function pathsIn(document: string): string[] {
  const prose = readFileSync(document, 'utf8').replaceAll(/```.*?```/gs, '');
  return [...prose.matchAll(/`(?:…\/)?([\w.\-/{},]+(?:\.(?:tsx?|mjs|py|md)|\/))`/g)].flatMap(([, path]) =>
    expand(path!),
  );
}

it.each(documents)('%s names what is there', (document) => {
  const missing = pathsIn(document).filter((path) => !notHere.test(path) && !isThere(path));
  expect(missing).toEqual([]);
});

it.each(documents)('%s links to files that are there', (document) => {
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path]) => path!);
  expect(links.filter((path) => !existsSync(join(dirname(document), path)))).toEqual([]);
});

function isThere(path: string): boolean {
  if (path === 'README.md' || path === 'CONTRIBUTING.md') return true;
  return paths.some((known) => known.endsWith(`/${path.replace(/\/$/, '')}`));
}
