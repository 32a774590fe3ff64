/**
 * Objects with names of a file as keys answer to `constructor` and lose `__proto__`: such records are read with `ownValue`
 * and built with `Object.fromEntries`. This finds the others: what a file declares as a record by string, and then indexes.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Here names come from files. The page and the command line choose the names of their own records. */
const places = ['src/engine', 'src/runtime'];
/** The one that indexes for all others. */
const exempt = path.join(root, 'src/engine/own-value.ts');

/** A variable, parameter or field with its type: of the aliases, those whose keys are names of a model or of data. */
const declaration = /(#?\b[A-Za-z_]\w*)\??: (?:Readonly<)?(?:Record<string, |Feeds\b(?!\[)|FreeDimensions\b)/g;

/**
 * Returns the defects as `line: code`.
 * @param {string} source
 * @returns {string[]}
 */
export function findIndexedRecords(source) {
  const names = [...new Set([...source.matchAll(declaration)].map(([, name]) => name))];
  if (names.length === 0) return [];
  const indexed = new RegExp(`(?<![\\w$#.])(?:[\\w$]+!?\\??\\.)*(?:${names.join('|')})!?(?:\\?\\.)?\\[(?!['"\\d\\]])`);
  return source.split('\n').flatMap((line, index) => {
    const code = line.replace(/^\s*(\/?\*|\/\/).*/, '');
    return indexed.test(code) ? [`${index + 1}: ${line.trim()}`] : [];
  });
}

/**
 * @param {string} folder
 * @returns {Generator<string>}
 */
function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'testing') yield* sourceFiles(file);
    } else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') && file !== exempt) yield file;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = places.flatMap((place) =>
    [...sourceFiles(path.join(root, place))].flatMap((file) =>
      findIndexedRecords(readFileSync(file, 'utf8')).map((text) => `${path.relative(root, file)}:${text}`),
    ),
  );
  if (found.length > 0) {
    console.error(`Read with ownValue, for names of files are keys here:\n${found.join('\n')}`);
    process.exit(1);
  }
  console.log('No record is indexed by a name.');
}
