/** Is every name that a graph or function body reads defined, once, and not through itself? */
import type { ValueName } from './graph';
import type { Problem } from './problem';
import { sourcesOf } from './topological-order';
import { nodesOf, type NodeVisit, type Scope } from './traverse';

type Report = (problem: Problem) => void;

/** The names that each checked scope defines. */
export type DefinedNames = Map<Scope, ReadonlySet<ValueName>>;

/**
 * Checks one scope; subgraphs inside are scopes of their own, except for the outer names that they read. `defined` has the
 * scopes around this one, which is added to it.
 */
export function checkScope(scope: Scope, defined: DefinedNames, report: Report): void {
  const visits = [...nodesOf(scope)];
  const given = givenNames(scope, report);
  const produced = producedNames(visits, given, report);
  defined.set(scope, new Set([...given, ...produced].filter((name) => name !== '')));
  for (const { node, path } of visits) {
    if (!node.opType) error(report, 'node/no-operator', path, `The node ${path} has no operator type.`);
    for (const name of node.inputs) {
      if (name === '' || given.has(name)) continue;
      if (produced.has(name) || isDefinedAround(scope, name, defined)) continue;
      const message = `The node ${path} reads "${name}", which no node or weight provides. A weight or a node is missing.`;
      error(report, 'graph/missing-value', path, message);
    }
  }
  for (const name of scope.graph?.outputs.map((output) => output.name ?? '') ?? scope.function?.outputs ?? []) {
    if (given.has(name) || produced.has(name) || isDefinedAround(scope, name, defined)) continue;
    error(report, 'graph/missing-value', scope.path, `No node produces the output "${name}" of ${scope.path}.`);
  }
  checkForCycle(visits, report);
}

function error(report: Report, code: string, path: string, message: string): void {
  report({ code, path, message });
}

/** Names that are there before the first node: inputs and initializers (one name may be both). */
function givenNames(scope: Scope, report: Report): Set<ValueName> {
  const names = new Set<ValueName>(scope.function?.inputs);
  const initializers = new Set<ValueName>();
  for (const input of scope.graph?.inputs ?? []) {
    const name = input.name ?? '';
    if (names.has(name))
      error(report, 'graph/duplicate', scope.path, `Two inputs of ${scope.path} have the name "${name}".`);
    names.add(name);
  }
  const { initializers: dense = [], sparseInitializers: sparse = [] } = scope.graph ?? {};
  for (const tensor of [...dense, ...sparse.map(({ values }) => values)]) {
    const name = tensor?.name ?? '';
    if (name === '')
      error(report, 'graph/no-name', scope.path, `A weight of ${scope.path} has no name, so no node can read it.`);
    else if (initializers.has(name)) {
      error(report, 'graph/duplicate', scope.path, `Two weights of ${scope.path} have the name "${name}".`);
    }
    initializers.add(name);
  }
  for (const name of initializers) names.add(name);
  return names;
}

/** Names that nodes produce. */
function producedNames(visits: readonly NodeVisit[], given: ReadonlySet<ValueName>, report: Report): Set<ValueName> {
  const produced = new Set<ValueName>();
  for (const { node, path } of visits) {
    for (const name of node.outputs) {
      if (name === '') continue;
      if (produced.has(name) || given.has(name)) {
        error(report, 'graph/duplicate', path, `The node ${path} produces "${name}", a name that is already used.`);
      }
      produced.add(name);
    }
  }
  return produced;
}

/** True if a graph around the scope defines the name: its names are visible inside. */
function isDefinedAround(scope: Scope, name: ValueName, defined: DefinedNames): boolean {
  for (let at = scope.parent?.scope; at; at = at.parent?.scope) if (defined.get(at)?.has(name)) return true;
  return false;
}

/** Nodes may be out of order (runtimes sort them), but not wait for each other in a circle. */
function checkForCycle(visits: readonly NodeVisit[], report: Report): void {
  const cycle = findCycle(sourcesOf(visits.map(({ node }) => node)));
  if (!cycle) return;
  const path = visits[cycle[0]!]!.path;
  const names = cycle.map((index) => visits[index]!.path);
  const shown = names.length > 4 ? [...names.slice(0, 4), '…'] : names;
  const message = `The nodes ${shown.join(' → ')} depend on each other in a circle, so the model cannot run.`;
  error(report, 'graph/cycle', path, message);
}

/** Indices along one circle, in the order in which data would flow, or `undefined`. */
function findCycle(sources: readonly (readonly number[])[]): number[] | undefined {
  const consumers: number[][] = sources.map(() => []);
  const waiting = sources.map((list) => list.length);
  sources.forEach((list, index) => list.forEach((source) => consumers[source]!.push(index)));
  const ready = waiting.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let at = 0; at < ready.length; at++) {
    for (const consumer of consumers[ready[at]!]!) if (--waiting[consumer]! === 0) ready.push(consumer);
  }
  const start = waiting.findIndex((count) => count > 0);
  if (start === -1) return undefined;
  // A node that still waits has a source that still waits, so a walk along these sources comes back to a node that was seen.
  const seen = new Map<number, number>();
  const trail: number[] = [];
  let index = start;
  while (!seen.has(index)) {
    seen.set(index, trail.length);
    trail.push(index);
    index = sources[index]!.find((source) => waiting[source]! > 0)!;
  }
  return trail.slice(seen.get(index)).reverse();
}
