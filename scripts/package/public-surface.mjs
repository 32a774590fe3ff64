/**
 * The public surface of the library, read from its sources: what the entries export, with signatures, and every type that these refer to.
 * A declaration is public when it can be reached from an entry.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAst } from 'vite';
import { resolveImport } from '../check-imports.mjs';
import { root } from '../preparation.mjs';

export const entries = /** @type {const} */ ({
  '.': 'library/index.ts',
  './node': 'library/node.ts',
  './browser': 'library/browser.ts',
});

/**
 * @typedef {{ type: string, start: number, end: number, [key: string]: any }} SyntaxNode
 *
 * @typedef {object} Declaration
 * @property {string} file
 * @property {string} name
 * @property {string} kind      `function`, `class`, `const`, or `type` for interfaces too
 * @property {string} comment   the text of its doc comment, without stars
 * @property {string} written   as in the source, with the comments of its members
 * @property {string} signature without comments and bodies
 * @property {readonly string[]} names   identifiers that it refers to
 *
 * @typedef {object} Place
 * @property {string} file
 * @property {string} name
 *
 * @typedef {object} SourceFile
 * @property {ReadonlyMap<string, Declaration>} declared
 * @property {ReadonlyMap<string, Place>} imported
 * @property {ReadonlyMap<string, Place>} exported   what it passes on, by the name that it has outside
 * @property {readonly string[]} passedOn            files of which it exports everything
 * @property {ReadonlySet<string>} own               names of its own exported declarations
 *
 * @typedef {object} Surface
 * @property {Readonly<Record<string, readonly Declaration[]>>} entries   exported functions, classes and constants
 * @property {readonly Declaration[]} types                              reachable ones, by name
 */

/** @returns {Surface} */
export function readSurface() {
  const files = new SourceFiles();
  /** @type {Map<string, Declaration>} */
  const reachable = new Map();
  /** @type {Record<string, Declaration[]>} */
  const exported = {};
  for (const [entry, file] of Object.entries(entries)) {
    exported[entry] = files.exportsOf(file).toSorted((a, b) => a.name.localeCompare(b.name));
    for (const declaration of exported[entry]) follow(files, declaration, reachable);
  }
  const areExported = new Set(Object.values(exported).flatMap((list) => list.filter(({ kind }) => kind !== 'type')));
  return {
    entries: Object.fromEntries(
      Object.entries(exported).map(([entry, list]) => [entry, list.filter(({ kind }) => kind !== 'type')]),
    ),
    types: [...reachable.values()]
      .filter((declaration) => !areExported.has(declaration))
      .toSorted((a, b) => a.name.localeCompare(b.name) || a.file.localeCompare(b.file)),
  };
}

/**
 * @param {SourceFiles} files
 * @param {Declaration} declaration
 * @param {Map<string, Declaration>} reachable
 */
function follow(files, declaration, reachable) {
  const key = `${declaration.file}#${declaration.name}`;
  if (reachable.has(key)) return;
  reachable.set(key, declaration);
  for (const name of declaration.names) {
    const found = files.find({ file: declaration.file, name });
    if (found !== undefined) follow(files, found, reachable);
  }
}

/** The surface as a text to compare: a change of it is a change of the version. */
export function surfaceText({ entries: exported, types } = readSurface()) {
  const sections = Object.entries(exported).map(([entry, list]) => [
    `# ${entry}`,
    ...list.map(({ signature }) => signature),
  ]);
  return `${[...sections, ['# types', ...types.map(({ signature }) => signature)]]
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

class SourceFiles {
  /** @type {Map<string, SourceFile>} */
  #read = new Map();

  /**
   * Every declaration that a file exports, its own and those that it passes on.
   * @param {string} file
   * @returns {Declaration[]}
   */
  exportsOf(file) {
    const { declared, own, exported, passedOn } = this.#fileOf(file);
    return [
      ...[...own].map((name) => /** @type {Declaration} */ (declared.get(name))),
      ...[...exported.values()].map((place) => this.#must(place)),
      ...passedOn.flatMap((other) => this.exportsOf(other)),
    ];
  }

  /**
   * @param {Place} place
   * @returns {Declaration | undefined}  none for names of the language, type parameters and the like
   */
  find({ file, name }) {
    const { declared, imported, exported, passedOn } = this.#fileOf(file);
    const found = declared.get(name);
    if (found !== undefined) return found;
    const place = imported.get(name) ?? exported.get(name);
    if (place !== undefined) return this.#must(place);
    return passedOn.map((other) => this.find({ file: other, name })).find((each) => each !== undefined);
  }

  /** @param {Place} place */
  #must(place) {
    const found = this.find(place);
    if (found === undefined) throw new Error(`${place.file} does not declare ${place.name}.`);
    return found;
  }

  /** @param {string} file */
  #fileOf(file) {
    const known = this.#read.get(file);
    if (known !== undefined) return known;
    const read = readSource(file);
    this.#read.set(file, read);
    return read;
  }
}

/**
 * @param {string} file  path from the root
 * @returns {SourceFile}
 */
function readSource(file) {
  const text = readFileSync(path.join(root, file), 'utf8');
  /** @type {Map<string, Declaration>} */
  const declared = new Map();
  /** @type {Map<string, Place>} */
  const imported = new Map();
  /** @type {Map<string, Place>} */
  const exported = new Map();
  /** @type {Set<string>} */
  const own = new Set();
  /** @type {string[]} */
  const passedOn = [];
  const targetOf = (/** @type {SyntaxNode} */ source) => resolveImport(root, file, source.value).file;
  for (const statement of /** @type {any} */ (parseAst(text, { lang: 'ts' })).body) {
    const target = statement.source ? targetOf(statement.source) : undefined;
    // Packages are no part of the surface: the build refuses types that refer to one.
    if (statement.source && target === undefined) continue;
    if (statement.type === 'ImportDeclaration') {
      for (const { local, imported: name } of statement.specifiers) {
        imported.set(local.name, { file: target ?? '', name: name?.name ?? 'default' });
      }
    } else if (statement.type === 'ExportAllDeclaration') passedOn.push(target ?? '');
    else {
      for (const { local, exported: name } of statement.specifiers ?? []) {
        exported.set(
          name.name,
          target === undefined ? placeOf(imported, file, local.name) : { file: target, name: local.name },
        );
      }
      const declaration = statement.declaration ?? statement;
      for (const each of declarationsOf(declaration, statement, { file, text })) {
        declared.set(each.name, each);
        if (statement.type === 'ExportNamedDeclaration') own.add(each.name);
      }
    }
  }
  return { declared, imported, exported, passedOn, own };
}

/**
 * @param {ReadonlyMap<string, Place>} imported
 * @param {string} file
 * @param {string} name
 */
function placeOf(imported, file, name) {
  return imported.get(name) ?? { file, name };
}

/**
 * @param {SyntaxNode} node
 * @param {SyntaxNode} statement
 * @param {{ file: string, text: string }} source
 * @returns {readonly Declaration[]}
 */
function declarationsOf(node, statement, { file, text }) {
  const before = text.slice(0, statement.start);
  const comment = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*$/.exec(before)?.[1] ?? '';
  const common = {
    file,
    comment: comment
      .replaceAll(/^\s*\*? ?/gm, '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  };
  const of = (
    /** @type {string} */ kind,
    /** @type {string} */ name,
    /** @type {SyntaxNode} */ whole,
    /** @type {string} */ signature,
  ) => ({
    ...common,
    kind,
    name,
    written: text.slice(statement.start, statement.end),
    signature: withoutComments(signature),
    names: identifiersIn(whole),
  });
  switch (node.type) {
    case 'FunctionDeclaration':
      return [of('function', node.id.name, withoutBody(node), functionSignature(text, node))];
    case 'ClassDeclaration':
      return [of('class', node.id.name, withoutBody(node), classSignature(text, node))];
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return [of('type', node.id.name, node, text.slice(node.start, node.end))];
    case 'VariableDeclaration':
      return node.declarations.map((/** @type {SyntaxNode} */ each) => {
        const annotation = each.id.typeAnnotation;
        const signature = annotation ? text.slice(each.start, annotation.end) : text.slice(each.start, each.end);
        return of('const', each.id.name, annotation ? each.id : each, `const ${signature}`);
      });
    default:
      return [];
  }
}

/**
 * A parameter with a default is one that may be left out.
 * @param {string} text
 * @param {SyntaxNode} node
 */
function functionSignature(text, node) {
  const head = text.slice(node.start, node.returnType?.end ?? node.body.start).replace(/^async /, '');
  return head.replaceAll(/(\w+): ([^=,()]+?) = [^,)]+/g, '$1?: $2');
}

/**
 * @param {string} text
 * @param {SyntaxNode} node
 */
function classSignature(text, node) {
  const members = node.body.body
    .filter(
      (/** @type {SyntaxNode} */ { key, accessibility }) =>
        key.type !== 'PrivateIdentifier' && accessibility !== 'private',
    )
    .map((/** @type {SyntaxNode} */ member) =>
      text.slice(member.start, member.value?.body?.start ?? member.end).trim(),
    );
  return [
    `${text.slice(node.start, node.body.start)}{`,
    ...members.map((/** @type {string} */ line) => `  ${line}`),
    '}',
  ].join('\n');
}

/**
 * @param {SyntaxNode} node
 * @returns {SyntaxNode}
 */
function withoutBody(node) {
  if (node.type === 'FunctionDeclaration') return { ...node, body: null };
  const members = node.body.body.map((/** @type {SyntaxNode} */ member) =>
    member.value?.body ? { ...member, value: { ...member.value, body: null } } : member,
  );
  return { ...node, body: members };
}

/** @param {string} text */
function withoutComments(text) {
  return text
    .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

/**
 * Names that a node refers to. Keys of members are no references.
 * @param {unknown} value
 * @returns {readonly string[]}
 */
function identifiersIn(value) {
  /** @type {Set<string>} */
  const names = new Set();
  const visit = (/** @type {unknown} */ each) => {
    if (Array.isArray(each)) return each.forEach(visit);
    if (typeof each !== 'object' || each === null) return undefined;
    const node = /** @type {SyntaxNode} */ (each);
    if (node.type === 'Identifier') names.add(node.name);
    for (const [key, child] of Object.entries(node)) if (key !== 'key' && key !== 'id') visit(child);
    // The annotation of a constant is part of its name.
    if (node.id?.typeAnnotation) visit(node.id.typeAnnotation);
    return undefined;
  };
  visit(value);
  return [...names];
}
