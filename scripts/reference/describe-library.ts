/** The library of the npm package, from its types. */
import { readdirSync, readFileSync } from 'node:fs';
import { code, table } from '../markdown.mjs';
import { entries, readSurface, type Declaration } from '../package/public-surface.mjs';

/** The meaning of the first part of an error's code, for calls of the library. */
const familiesOfErrors: Readonly<Record<string, string>> = {
  benchmark: 'nothing could be measured',
  data: 'the data cannot be read, or does not fit the model',
  dimension: 'a size does not fit a free dimension',
  evaluate: 'the evaluation cannot run, or has nothing to say',
  'external-data': 'a data file of the model is missing or does not fit',
  feeds: 'samples cannot be fed to the model',
  format: 'the file is not an ONNX model, or is damaged',
  generation: 'the model cannot generate text',
  input: 'an argument is not bytes, or there is no file',
  mapping: 'the mapping is wrong or does not fit',
  model: 'the file decodes to an invalid model',
  options: 'an option is unknown or has a wrong value',
  pipeline: 'a defect in Pareto: a pass made an invalid model',
  recipe: 'the recipe is not valid',
  runtime: 'a session failed or its worker ended',
  search: 'the search cannot run',
  source: 'a file can no longer be read',
  tensor: 'a tensor has a wrong type, shape or size',
  tokenizer: 'the tokenizer cannot be used',
  'try-out': 'an input cannot be tried in two models',
  variant: 'a defect in Pareto: the written model does not open',
};

/** The page and the command line alone meet these. */
const familiesElsewhere = new Set(
  'browser bundle classes compile measure-nodes report sensitivity serving sqnr studio weight'.split(' '),
);

export function libraryFunctions(): string {
  const { entries: exported } = readSurface();
  const byName = new Map<string, { readonly declaration: Declaration; readonly in: readonly string[] }>();
  for (const entry of Object.keys(entries)) {
    for (const declaration of exported[entry] ?? []) {
      const known = byName.get(declaration.name)?.in ?? [];
      byName.set(declaration.name, { declaration, in: [...known, entry] });
    }
  }
  const all = [...byName.values()].toSorted((a, b) => a.declaration.name.localeCompare(b.declaration.name));
  const overview = table(
    ['export', 'entries', 'what it is'],
    all.map(({ declaration, in: where }) => [
      code(declaration.name),
      where.map(code).join(', '),
      markdown(declaration.comment),
    ]),
  );
  // The entry with a runtime takes more options than the bare engine.
  return `${overview}\n\n${typescript(all.map(({ declaration }) => declaration.signature).join('\n'))}`;
}

/** The library's own types. JSON documents of the engine have a page of their own. */
export function libraryTypes(): string {
  const own = readSurface().types.filter(({ file }) => file === 'library/types.ts');
  return own
    .map(({ name, comment, written }) =>
      [`### ${name}`, markdown(comment), typescript(written.replaceAll(/^export /gm, ''))]
        .filter((part) => part !== '')
        .join('\n\n'),
    )
    .join('\n\n');
}

function typescript(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

export function libraryErrors(): string {
  const codes = new Map<string, Set<string>>();
  for (const [family, name] of thrownCodes()) {
    if (familiesElsewhere.has(family)) continue;
    if (familiesOfErrors[family] === undefined) throw new Error(`No meaning is stated for errors of "${family}".`);
    codes.set(family, (codes.get(family) ?? new Set()).add(name));
  }
  return table(
    ['code', 'meaning', 'such as'],
    [...codes]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([family, names]) => [
        code(`${family}/…`),
        familiesOfErrors[family]!,
        [...names].toSorted().map(code).join(', '),
      ]),
  );
}

/** Codes stand in the sources as texts, also where a helper makes the error. */
function thrownCodes(): readonly (readonly [string, string])[] {
  const families = [...Object.keys(familiesOfErrors), ...familiesElsewhere].join('|');
  const quoted = new RegExp(`(?:ParetoError\\(\\s*'([a-z-]+)|'(${families}))/([a-z0-9-]+)'`, 'g');
  return ['src/engine', 'src/runtime', 'library'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/\.test\.|testing/.test(file))
      .flatMap((file) => [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(quoted)])
      .map(([, thrown, named, name = '']) => [thrown ?? named ?? '', name] as const),
  );
}

/** Doc comments are Markdown already, except for text that would be taken for a tag or a link. */
function markdown(comment: string): string {
  return comment.replaceAll(/`[^`]*`|[<[]/g, (part) => (part.length > 1 ? part : `\\${part}`));
}
