/**
 * Short names for values that can be reversed. A name of the original becomes its place in the list of the original's
 * names, in digits to base 62. Both models together give the names again, so the file stores only a mark of that list.
 */
import type { Graph, Model, Node, StringEntry, ValueName } from './graph';
import { IR_VERSION_OF_FREE_INITIALIZERS } from './upgrade/raise-ir-version';
import { renameGraph } from './rename-values';
import { namesDefinedBy } from './subgraphs';
import { isDefaultDomain, scopesWithin } from './traverse';

/** The key of the metadata that holds the mark. */
const metadataKey = 'pareto.names';
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The prefix of the numbers of names that the original does not have. */
const ownPrefix = '_';
/** The suffix of a number that is the name of something else. */
const filler = '.';
const numberPattern = /^([0-9A-Za-z]+)\.*$/;

/**
 * Returns the new name of each value of the graphs. No short name is a name of either model, so none is ambiguous. Some
 * names stay: inputs and outputs of the model, names that are as short already, and names inside functions. Names of
 * graphs inside operators that are not ONNX's own stay too, because some operators find values by name.
 */
export function shortNames(model: Model, original: Model): ReadonlyMap<ValueName, ValueName> {
  const places = new Map(namesOf(original).map((name, place) => [name, place]));
  const own = namesOf(model);
  const taken = new Set([...places.keys(), ...own]);
  const free = (code: ValueName): ValueName => {
    let name = code;
    while (taken.has(name)) name += filler;
    return name;
  };
  const kept = namesOutside(model);
  const renamed = new Map<ValueName, ValueName>();
  let added = 0;
  for (const name of own) {
    if (kept.has(name)) continue;
    const place = places.get(name);
    const short = free(place === undefined ? ownPrefix + toDigits(added) : toDigits(place));
    if (place === undefined) added += 1;
    // A name of the original that stays is known as such; one that looks like a place would not be.
    if (place !== undefined && short.length >= name.length) continue;
    if (short !== name) renamed.set(name, short);
  }
  return renamed;
}

/** The model with these names of values, and the mark of the original by which they are read. */
export function withShortNames(model: Model, original: Model, names: ReadonlyMap<ValueName, ValueName>): Model {
  const others = model.metadata.filter(({ key }) => key !== metadataKey);
  const mark: StringEntry = { key: metadataKey, value: markOf(original) };
  return { ...withNames(model, names), metadata: [...others, mark] };
}

/**
 * Returns the model with the names that its values have in `original`, if it was made from it and got short names. Both
 * can then be compared by names. Returns the same object otherwise.
 */
export function withNamesOf(model: Model, original: Model): Model {
  const mark = model.metadata.find(({ key }) => key === metadataKey)?.value;
  if (mark === undefined || mark !== markOf(original)) return model;
  const list = namesOf(original);
  const known = new Set(list);
  const kept = namesOutside(model);
  const renamed = new Map<ValueName, ValueName>();
  for (const name of namesOf(model)) {
    const [, code] = numberPattern.exec(name) ?? [];
    if (code === undefined || known.has(name) || kept.has(name)) continue;
    const long = list[fromDigits(code)];
    if (long !== undefined) renamed.set(name, long);
  }
  return withNames(model, renamed);
}

function withNames(model: Model, names: ReadonlyMap<ValueName, ValueName>): Model {
  return model.graph === undefined ? model : { ...model, graph: renameGraph(model.graph, names) };
}

/** Lists the names that the graphs define, each once, in the order of the file. */
function namesOf(model: Model): readonly ValueName[] {
  return [...new Set(graphsOf(model).flatMap(({ graph }) => [...namesDefinedBy(graph)]))];
}

/** Names by which a caller, or an operator that runs a graph, knows values. */
function namesOutside(model: Model): ReadonlySet<ValueName> {
  const names = new Set<ValueName>();
  // Older files list every weight as an input, which no caller feeds.
  const listsWeights = (model.irVersion ?? 0n) < IR_VERSION_OF_FREE_INITIALIZERS;
  const weights = new Set(listsWeights ? model.graph?.initializers.map(({ name }) => name) : []);
  for (const { graph, owner } of graphsOf(model)) {
    if (owner !== undefined && isDefaultDomain(owner.domain)) continue;
    for (const { name = '' } of graph.inputs) if (owner !== undefined || !weights.has(name)) names.add(name);
    for (const { name = '' } of graph.outputs) names.add(name);
  }
  return names;
}

interface OwnedGraph {
  readonly graph: Graph;
  /** The node that holds the graph. Absent: it is the main graph. */
  readonly owner?: Node;
}

/** The main graph and those inside its nodes: functions have names of their own. */
function graphsOf({ graph }: Model): readonly OwnedGraph[] {
  if (graph === undefined) return [];
  const all = [...scopesWithin({ path: 'graph', nodes: graph.nodes, graph })];
  return all.map((scope) => ({ graph: scope.graph!, owner: scope.parent?.node }));
}

/** FNV-1a of 32 bits over the UTF-16 units of the names. */
function markOf(original: Model): string {
  let hash = 0x811c9dc5;
  const add = (unit: number): void => {
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  };
  for (const name of namesOf(original)) {
    for (let at = 0; at < name.length; at += 1) add(name.charCodeAt(at));
    add(0);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function toDigits(number: number): string {
  let text = '';
  for (let rest = number; text === '' || rest > 0; rest = Math.floor(rest / digits.length)) {
    text = digits[rest % digits.length]! + text;
  }
  return text;
}

/** Converts a short name to a number. The result for any other name is no place of the list. */
function fromDigits(text: string): number {
  return [...text].reduce((number, digit) => number * digits.length + digits.indexOf(digit), 0);
}
