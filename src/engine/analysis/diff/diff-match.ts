/** Finds which node of one model is which of another: by name, by what they compute, by where they stand. */
import type { Tensor, ValueName } from '../../onnx/graph';
import { fingerprintOf } from '../../onnx/same-elements';
import { canonicalDomain } from '../../onnx/traverse';
import type { DiffNode, DiffScope, Origin } from './diff-scope';

/** The most readers of one value among which a partner is searched. No exporter makes models with more readers. */
const mostCandidates = 64;
/** Each round matches something or is the last; chains are matched in one. */
const mostRounds = 64;

export interface NodeMatches {
  /** Nodes of model A with their partners in model B. */
  readonly aToB: ReadonlyMap<DiffNode, DiffNode>;
  readonly bToA: ReadonlyMap<DiffNode, DiffNode>;
}

/** The similarity of two constants that their readers need to match. */
type Likeness = 'equal' | 'any';

/**
 * Matches each node with at most one other. Nodes of the same name and operator come first, then those of the same
 * operator with the same output names. Operators in the same place, beside matched nodes, follow. Other operators with
 * the same output names come last. Graphs inside matched nodes are matched the same way, and functions by their names.
 * Nodes that moved to another graph are matched by their name or their outputs' names. Reads at most 4 kB of each
 * weight.
 */
export function matchNodes(a: ReadonlyMap<string, DiffScope>, b: ReadonlyMap<string, DiffScope>): NodeMatches {
  const matcher = new NodeMatcher();
  for (const [path, scope] of a) {
    const other = b.get(path);
    if (other) matcher.matchScopes(scope, other);
  }
  matcher.matchMoved(a, b);
  return matcher;
}

/** True if both values come from the same place of their models. Constants are not compared. */
export function isSameOrigin(a: Origin, b: Origin, { aToB }: Pick<NodeMatches, 'aToB'>): boolean {
  if (a.kind === 'node') return b.kind === 'node' && aToB.get(a.from) === b.from && a.output === b.output;
  if (a.kind === 'input') return b.kind === 'input' && nameOfInput(a, b.scope) === b.scope.inputs[b.position];
  return a.kind === b.kind;
}

/** Returns the other model's name of an input: the same name, or the name in the same position if it has no such name. */
function nameOfInput({ scope, position }: Extract<Origin, { kind: 'input' }>, other: DiffScope): ValueName | undefined {
  const name = scope.inputs[position]!;
  return other.inputs.includes(name) ? name : other.inputs[position];
}

class NodeMatcher implements NodeMatches {
  readonly aToB = new Map<DiffNode, DiffNode>();
  readonly bToA = new Map<DiffNode, DiffNode>();
  readonly #fingerprints = new WeakMap<Tensor, string>();
  /** Pairs whose sources have not been compared yet. */
  #fresh: (readonly [DiffNode, DiffNode])[] = [];

  matchScopes(a: DiffScope, b: DiffScope): void {
    this.#matchByKey(a.nodes, b.nodes, nameKeys);
    this.#matchByKey(a.nodes, b.nodes, outputKeys);
    for (let round = 0; round < mostRounds; round++) {
      const before = this.aToB.size;
      this.#matchForwards(a, b, 'equal');
      this.#matchBackwards(a, b);
      if (this.aToB.size === before) this.#matchForwards(a, b, 'any');
      if (this.aToB.size === before) break;
    }
    this.#matchByKey(a.nodes, b.nodes, ({ node }) => namedOutputs(node.outputs));
    for (const entry of a.nodes) {
      const partner = this.aToB.get(entry);
      for (const [attribute, inside] of entry.inside) {
        const other = partner?.inside.get(attribute);
        if (other) this.matchScopes(inside, other);
      }
    }
  }

  /** Nodes that are in another graph now, such as those of a branch that was inlined. */
  matchMoved(a: ReadonlyMap<string, DiffScope>, b: ReadonlyMap<string, DiffScope>): void {
    const [left, right] = [a, b].map((scopes) => [...scopes.values()].flatMap((scope) => [...scope.allNodes()]));
    this.#matchByKey(left!, right!, nameKeys);
    this.#matchByKey(left!, right!, outputKeys);
  }

  #match(a: DiffNode, b: DiffNode): void {
    this.aToB.set(a, b);
    this.bToA.set(b, a);
    this.#fresh.push([a, b]);
  }

  /** A key that several nodes share identifies none of them. */
  #matchByKey(a: readonly DiffNode[], b: readonly DiffNode[], keysOf: (entry: DiffNode) => readonly string[]): void {
    const known = new Map<string, DiffNode | undefined>();
    for (const entry of b) {
      for (const key of this.bToA.has(entry) ? [] : keysOf(entry)) known.set(key, known.has(key) ? undefined : entry);
    }
    const seen = new Set<string>();
    for (const entry of a) {
      for (const key of this.aToB.has(entry) ? [] : keysOf(entry)) {
        const partner = seen.has(key) ? undefined : known.get(key);
        seen.add(key);
        if (partner && !this.bToA.has(partner) && !this.aToB.has(entry)) this.#match(entry, partner);
      }
    }
  }

  /** The same operator on the same values. */
  #matchForwards(a: DiffScope, b: DiffScope, likeness: Likeness): void {
    const constants = likeness === 'equal' ? this.#readersOfConstants(b) : undefined;
    for (const entry of a.nodes) {
      if (this.aToB.has(entry)) continue;
      const candidates = this.#candidates(entry, b) ?? constants?.get(this.#keyOfConstants(entry)) ?? [];
      const free = candidates.find(
        (candidate) => !this.bToA.has(candidate) && this.#isAlike(entry, candidate, likeness),
      );
      if (free) this.#match(entry, free);
    }
  }

  /** Nodes of B that read the partner of the first value that is not constant; `undefined` for a node without one. */
  #candidates(entry: DiffNode, b: DiffScope): readonly DiffNode[] | undefined {
    for (const name of entry.node.inputs) {
      const origin = entry.scope.origin(name);
      if (origin.kind === 'constant' || origin.kind === 'missing') continue;
      const there =
        origin.kind === 'node' ? this.aToB.get(origin.from)?.node.outputs[origin.output] : nameOfInput(origin, b);
      if (there === undefined) return [];
      const readers = b.readers(there);
      while (readers.length > 0 && this.bToA.has(readers[0]!)) readers.shift();
      return readers.slice(0, mostCandidates);
    }
    return undefined;
  }

  #isAlike(a: DiffNode, b: DiffNode, likeness: Likeness): boolean {
    if (operatorOf(a.node) !== operatorOf(b.node) || a.node.inputs.length !== b.node.inputs.length) return false;
    return a.node.inputs.every((name, index) => {
      const [left, right] = [a.scope.origin(name), b.scope.origin(b.node.inputs[index]!)];
      if (left.kind === 'constant' && right.kind === 'constant' && likeness === 'equal') {
        return this.#fingerprint(left.tensor) === this.#fingerprint(right.tensor);
      }
      return isSameOrigin(left, right, this);
    });
  }

  /** Matches the sources of matched nodes, input by input, if their operators are the same. */
  #matchBackwards(a: DiffScope, b: DiffScope): void {
    const compare = (left: Origin, right: Origin): void => {
      const [one, other] = [nodeBehind(left), nodeBehind(right)];
      if (one?.scope !== a || other?.scope !== b || outputOf(left) !== outputOf(right)) return;
      if (this.aToB.has(one) || this.bToA.has(other)) return;
      if (operatorOf(one.node) === operatorOf(other.node)) this.#match(one, other);
    };
    a.outputs.forEach((name, index) => {
      const other = b.outputs.includes(name) ? name : b.outputs[index];
      if (other !== undefined) compare(a.origin(name), b.origin(other));
    });
    for (;;) {
      const pair = this.#fresh.pop();
      if (!pair) return;
      const [left, right] = pair;
      left.node.inputs.forEach((name, index) => {
        compare(left.scope.origin(name), right.scope.origin(right.node.inputs[index] ?? ''));
      });
    }
  }

  /** Nodes that read nothing but constants, Constant nodes among them, by what they hold and read. */
  #readersOfConstants(b: DiffScope): ReadonlyMap<string, readonly DiffNode[]> {
    const found = new Map<string, DiffNode[]>();
    for (const entry of b.nodes) {
      if (this.bToA.has(entry) || !readsConstantsOnly(entry)) continue;
      const key = this.#keyOfConstants(entry);
      const list = found.get(key);
      if (list) list.push(entry);
      else found.set(key, [entry]);
    }
    return found;
  }

  #keyOfConstants({ node, scope }: DiffNode): string {
    const held = node.opType === 'Constant' ? [scope.origin(node.outputs[0] ?? '')] : [];
    const read = node.inputs.map((name) => scope.origin(name));
    const marks = [...held, ...read].map((origin) =>
      origin.kind === 'constant' ? this.#fingerprint(origin.tensor) : '',
    );
    return [operatorOf(node), ...marks].join(' ');
  }

  #fingerprint(tensor: Tensor): string {
    const known = this.#fingerprints.get(tensor);
    if (known !== undefined) return known;
    const fingerprint = fingerprintOf(tensor);
    this.#fingerprints.set(tensor, fingerprint);
    return fingerprint;
  }
}

function nameKeys({ node }: DiffNode): readonly string[] {
  return node.name ? [`${operatorOf(node)} ${node.name}`] : [];
}

function outputKeys({ node }: DiffNode): readonly string[] {
  return namedOutputs(node.outputs).map((name) => `${operatorOf(node)} ${name}`);
}

function nodeBehind(origin: Origin): DiffNode | undefined {
  if (origin.kind === 'node') return origin.from;
  return origin.kind === 'constant' ? origin.holder : undefined;
}

function outputOf(origin: Origin): number {
  return origin.kind === 'node' ? origin.output : 0;
}

function readsConstantsOnly({ node, scope }: DiffNode): boolean {
  return node.inputs.every((name) => name === '' || scope.origin(name).kind === 'constant');
}

function operatorOf({ domain, opType }: DiffNode['node']): string {
  return `${canonicalDomain(domain)}:${opType ?? ''}`;
}

function namedOutputs(outputs: readonly ValueName[]): readonly ValueName[] {
  return outputs.filter((name) => name !== '');
}
