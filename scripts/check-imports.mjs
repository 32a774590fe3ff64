/**
 * Checks every import of the program against `import-rules.mjs`, and that none leads in a circle, types and `import()` included.
 * It also checks that no worker of a page starts a worker, and that few small files have a single reader in their folder: the two read
 * better as one.
 *
 *     node scripts/check-imports.mjs
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vite';
import { belongsToTests, importViolation } from './import-rules.mjs';

/** @typedef {{ specifier: string, kind: import('./import-rules.mjs').ImportKind, isLazy?: true, offset: number }} Import */
/** @typedef {{ type: string, start: number, [key: string]: unknown }} SyntaxNode */

/**
 * Every import of a source, static, dynamic, by type and by URL.
 * @param {string} source
 * @param {'ts' | 'tsx'} [lang]
 * @returns {Import[]}
 */
export function importsOf(source, lang = 'ts') {
  /** @type {Import[]} */
  const imports = [];
  visit(parseAst(source, { lang }), (node) => {
    const found = importOf(node);
    if (found !== null) imports.push({ ...found, offset: node.start });
  });
  return imports;
}

/**
 * @param {SyntaxNode} node
 * @returns {Omit<Import, 'offset'> | null}
 */
function importOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
      return literal(node.source, node.importKind === 'type' ? 'type' : 'value');
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return literal(node.source, node.exportKind === 'type' ? 'type' : 'value');
    case 'ImportExpression':
      return lazily(literal(node.source, 'value'));
    case 'TSImportType':
      return literal(node.source ?? node.argument, 'type');
    case 'NewExpression':
      return isModuleUrl(node) ? literal(argumentsOf(node)[0], 'url') : null;
    default:
      return null;
  }
}

/**
 * @param {unknown} node
 * @param {import('./import-rules.mjs').ImportKind} kind
 */
function literal(node, kind) {
  const value = isNode(node) ? node.value : undefined;
  return typeof value === 'string' ? { specifier: value, kind } : null;
}

/** @param {ReturnType<typeof literal>} found */
function lazily(found) {
  return found === null ? null : { ...found, isLazy: /** @type {const} */ (true) };
}

/** @param {SyntaxNode} node */
function argumentsOf(node) {
  return Array.isArray(node.arguments) ? node.arguments : [];
}

/** @param {SyntaxNode} node `new URL(…, import.meta.url)` */
function isModuleUrl(node) {
  const base = argumentsOf(node)[1];
  return (
    isNode(node.callee) &&
    node.callee.name === 'URL' &&
    isNode(base) &&
    isNode(base.object) &&
    base.object.type === 'MetaProperty'
  );
}

/**
 * @param {unknown} value
 * @returns {value is SyntaxNode}
 */
function isNode(value) {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/**
 * @param {unknown} value
 * @param {(node: SyntaxNode) => void} onNode
 */
function visit(value, onNode) {
  if (Array.isArray(value)) for (const item of value) visit(item, onNode);
  else if (isNode(value)) {
    onNode(value);
    for (const child of Object.values(value)) visit(child, onNode);
  }
}

/**
 * @param {string} root
 * @param {string} importer
 * @param {string} specifier
 * @returns {import('./import-rules.mjs').Target}
 */
export function resolveImport(root, importer, specifier) {
  const bare = specifier.replace(/\?.*$/, '');
  if (bare.startsWith('node:')) return { package: bare };
  if (!bare.startsWith('.') && !bare.startsWith('/')) {
    const [first = '', second = ''] = bare.split('/');
    return { package: first.startsWith('@') ? `${first}/${second}` : first };
  }
  const target = bare.startsWith('/') ? bare.slice(1) : path.posix.join(path.posix.dirname(importer), bare);
  const candidates = [target, `${target}.ts`, `${target}.tsx`, `${target}.d.ts`, `${target}/index.ts`];
  const file = candidates.find((name) => {
    const full = path.join(root, name);
    return existsSync(full) && statSync(full).isFile();
  });
  return { file: file ?? target };
}

/**
 * @param {string} root
 * @param {string} folder
 */
function sourcesUnder(root, folder) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name));
}

/**
 * @typedef {object} PlacedImport
 * @property {string} importer
 * @property {import('./import-rules.mjs').Target} target
 * @property {import('./import-rules.mjs').ImportKind} kind
 * @property {boolean} isLazy
 * @property {number} line
 */

/**
 * @param {string} root
 * @param {string} file
 * @returns {PlacedImport[]}
 */
function importsOfFile(root, file) {
  const source = readFileSync(path.join(root, file), 'utf8');
  return importsOf(source, file.endsWith('.tsx') ? 'tsx' : 'ts').map(({ specifier, kind, isLazy, offset }) => ({
    importer: file,
    target: resolveImport(root, file, specifier),
    kind,
    isLazy: isLazy === true,
    line: source.slice(0, offset).split('\n').length,
  }));
}

/**
 * @param {string} root
 * @returns {string[]} one sentence for each import that breaks a rule, and one where too many small files have a single reader
 */
export function checkImports(root) {
  const files = ['src', 'workers', 'cli', 'library'].flatMap((folder) => sourcesUnder(root, folder));
  const imports = files.flatMap((file) => importsOfFile(root, file));
  /** @type {Map<string, string[]>} */
  const imported = new Map();
  for (const { importer, target, kind } of imports) {
    // A worker that a file starts by URL is a program of its own: it closes no circle.
    if (target.file === undefined || kind === 'url') continue;
    imported.set(importer, [...(imported.get(importer) ?? []), target.file]);
  }
  const violations = imports.flatMap(({ importer, target, kind, isLazy, line }) => {
    const violation = importViolation(importer, target, kind, isLazy);
    return violation === null ? [] : [`${importer}:${line}: ${violation}`];
  });
  const circles = findCircles(imported).map(
    (circle) => `${circle[0]}: imports itself by ${circle.slice(1).join(', ')}`,
  );
  return [...violations, ...circles, ...startedByWorkers(root, imports), ...tooManySmallFiles(root, imports)];
}

/**
 * In Firefox, `new Worker` in a worker may never return. The page starts all workers.
 * @param {string} root
 * @param {readonly PlacedImport[]} imports
 * @returns {string[]}
 */
function startedByWorkers(root, imports) {
  /** @type {Map<string, string[]>} */
  const values = new Map();
  for (const { importer, target, kind } of imports) {
    if (kind !== 'value' || target.file === undefined) continue;
    values.set(importer, [...(values.get(importer) ?? []), target.file]);
  }
  const loaded = new Set(sourcesUnder(root, 'workers'));
  // The loop also visits what is added meanwhile.
  for (const file of loaded) {
    for (const target of values.get(file) ?? []) loaded.add(target);
  }
  return [...loaded].flatMap((file) => {
    if (!existsSync(path.join(root, file))) return [];
    const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
    const line = lines.findIndex((text) => /\bnew (globalThis\.|self\.)?(Shared)?Worker\(/.test(text)) + 1;
    return line === 0 ? [] : [`${file}:${line}: a worker may not start a worker; the page does (page-link.ts)`];
  });
}

/** A file of at most so many lines that only one file beside it reads is a part of that file. */
const smallFileLines = 30;
/** Members of a family may have a file each, as the rules of dynamic quantization do. */
const mostSmallFiles = 15;

/**
 * @param {string} root
 * @param {readonly PlacedImport[]} imports
 * @returns {string[]}
 */
function tooManySmallFiles(root, imports) {
  const small = smallFilesWithOneReader(root, imports);
  if (small.length <= mostSmallFiles) return [];
  const list = small.map(({ file, reader }) => `${file} (read by ${path.posix.basename(reader)})`).join(', ');
  return [
    `${small.length} files of at most ${smallFileLines} lines are read by one file beside them; at most ${mostSmallFiles} may be. Join some: ${list}`,
  ];
}

/**
 * Tests read nothing here: a part keeps its tests when it moves into the file that uses it. A file that is loaded by `import()` or started
 * by URL has to be a file.
 * @param {string} root
 * @param {readonly PlacedImport[]} imports
 * @returns {{ file: string, reader: string }[]}
 */
function smallFilesWithOneReader(root, imports) {
  /** @type {Map<string, Set<string>>} */
  const readers = new Map();
  /** @type {Set<string>} */
  const separate = new Set();
  for (const { importer, target, kind, isLazy } of imports) {
    if (target.file === undefined || belongsToTests.test(importer)) continue;
    if (isLazy || kind === 'url') separate.add(target.file);
    readers.set(target.file, (readers.get(target.file) ?? new Set()).add(importer));
  }
  return [...readers].flatMap(([file, of]) => {
    const [reader] = of;
    if (reader === undefined || of.size > 1 || separate.has(file) || belongsToTests.test(file)) return [];
    if (path.posix.dirname(reader) !== path.posix.dirname(file) || !/\.(tsx?|mjs)$/.test(file)) return [];
    const lines = readFileSync(path.join(root, file), 'utf8').trimEnd().split('\n').length;
    return lines <= smallFileLines ? [{ file, reader }] : [];
  });
}

/**
 * Files that import each other, each circle once.
 * @param {ReadonlyMap<string, readonly string[]>} imported
 * @returns {string[][]}
 */
export function findCircles(imported) {
  /** @type {string[][]} */
  const circles = [];
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const trail = [];
  /** @param {string} file */
  const follow = (file) => {
    const start = trail.indexOf(file);
    if (start >= 0) circles.push(trail.slice(start));
    if (start >= 0 || done.has(file)) return;
    trail.push(file);
    for (const target of imported.get(file) ?? []) follow(target);
    trail.pop();
    done.add(file);
  };
  for (const file of imported.keys()) follow(file);
  return circles;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = checkImports(fileURLToPath(new URL('..', import.meta.url)));
  for (const violation of violations) console.error(violation);
  console.log(violations.length === 0 ? 'Imports go one way.' : `${violations.length} imports go the wrong way.`);
  if (violations.length > 0) process.exitCode = 1;
}
