/** Documents name files and folders that are there. */
import { readdirSync, readFileSync } from 'node:fs';
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

function isThere(path: string): boolean {
  if (path === 'README.md' || path === 'CONTRIBUTING.md') return true;
  return paths.some((known) => known.endsWith(`/${path.replace(/\/$/, '')}`));
}
