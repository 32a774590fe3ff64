/** Finds which positions of which tensors can only be removed together, over the whole main graph of a model. */
import { isFloatDataType } from '../data-type';
import { tensorOfConstant } from '../constant-node';
import type { Graph, Model, Node, Tensor, ValueInfo, ValueName } from '../graph';
import { NodeFacts } from '../ops/operator';
import { lockAll, type Coupling, type CouplingContext, type ValueAtoms } from '../ops/coupling/coupling-rule';
import { operatorRecord } from '../ops/registry';
import { overridableInitializers } from '../overridable-initializers';
import { namesReadBy, subgraphsOf } from '../subgraphs';
import { canonicalDomain, nodesOf, opsetsByDomain, type NodeVisit } from '../traverse';
import { AtomSpace, isLock, type AxisAtoms, type Lock } from './atoms';
import { CarrierChoices } from './carrier-choices';
import { withFixedSizes, type FixedValues, type InferredValues } from './fixed-sizes';
import { meansOfNormalizations } from './means-of-normalizations';
import { traceShapeElement, type SizeLiteral, type ShapeReadSize, type TracedSize } from './shape-literals';

export interface CoupledNode {
  readonly visit: NodeVisit;
  readonly coupling: Coupling;
}

export interface CoupledChannels {
  readonly space: AtomSpace;
  /** Atoms of every value of known rank, constants among them. */
  readonly values: ReadonlyMap<ValueName, ValueAtoms>;
  /** Initializers and tensors of Constant nodes, by name. */
  readonly constants: ReadonlyMap<ValueName, Tensor>;
  readonly nodes: readonly CoupledNode[];
  /** Sizes within calculated shapes that must follow an axis. */
  readonly literals: readonly SizeLiteral[];
}

/**
 * Couples the axes of all values of the main graph by the rules of its operators. Axes are locked if they belong to an
 * operator without a rule, to a value that a graph inside a node reads, or to an input or output. Reads no weights.
 *
 * @param inferred shapes of the model, free dimensions as symbols.
 */
export function coupleChannels(model: Model, inferred: InferredValues): CoupledChannels {
  const filled = withFixedSizes(model, inferred);
  let carriers: CarrierChoices | undefined = new CarrierChoices();
  let coupling: GraphCoupling;
  let turn = 0;
  do {
    coupling = new GraphCoupling(model, filled, carriers);
    coupling.run();
    carriers = carriers.next(coupling.space);
    turn += 1;
  } while (carriers !== undefined && turn < mostTurns);
  return coupling;
}

/** A graph is coupled again while carriers turn out to be locked: each time others are tried. */
const mostTurns = 4;

class GraphCoupling implements CoupledChannels {
  readonly space = new AtomSpace();
  readonly values = new Map<ValueName, ValueAtoms>();
  readonly constants = new Map<ValueName, Tensor>();
  readonly nodes: CoupledNode[] = [];
  readonly literals: SizeLiteral[] = [];
  readonly #graph: Graph;
  readonly #inferred: FixedValues;
  readonly #carriers: CarrierChoices;
  readonly #opsets: ReadonlyMap<string, number>;
  readonly #producers = new Map<ValueName, Node>();
  readonly #means: ReadonlySet<Node>;
  readonly #shapeReads: (TracedSize & {
    readonly read: ShapeReadSize;
    readonly axis: AxisAtoms;
    readonly path: string;
  })[] = [];

  constructor(model: Model, inferred: FixedValues, carriers: CarrierChoices) {
    this.#graph = model.graph!;
    this.#carriers = carriers;
    this.#inferred = inferred;
    this.#opsets = opsetsByDomain(model.opsetImports);
    this.#takeConstants(overridableInitializers(model));
    this.#means = meansOfNormalizations(this.#graph, this.constants);
  }

  run(): void {
    for (const visit of nodesOf({ path: 'graph', nodes: this.#graph.nodes, graph: this.#graph })) {
      const coupling = this.#coupleNode(visit);
      this.nodes.push({ visit, coupling });
      visit.node.outputs.forEach((name, output) => {
        const atoms = coupling.outputs[output];
        if (name && atoms && !this.values.has(name)) this.values.set(name, atoms);
      });
    }
    for (const { name = '' } of this.#graph.outputs) {
      const lock = { path: `graph/${name}`, reason: 'It is an output of the model.' };
      for (const axis of this.values.get(name) ?? []) this.space.lockAxis(axis, lock);
    }
    this.#followShapeReads();
  }

  #takeConstants(overridable: ReadonlySet<ValueName>): void {
    for (const tensor of this.#graph.initializers) {
      if (tensor.name && !overridable.has(tensor.name)) this.#addConstant(tensor.name, tensor);
    }
    for (const node of this.#graph.nodes) {
      for (const output of node.outputs) if (output) this.#producers.set(output, node);
      const tensor = tensorOfConstant(node);
      if (tensor && node.outputs[0]) this.#addConstant(node.outputs[0], tensor);
    }
    for (const input of this.#graph.inputs) {
      if (input.name && !this.values.has(input.name)) this.values.set(input.name, lockedInput(input));
    }
  }

  #addConstant(name: ValueName, tensor: Tensor): void {
    this.constants.set(name, tensor);
    const lock = { path: `graph/${name}`, reason: 'It does not contain floating-point numbers.' };
    const isFloat = isFloatDataType(tensor.dataType ?? 0);
    this.values.set(
      name,
      tensor.dims.map((size) => (isFloat ? this.space.fresh(Number(size), lock.path) : lock)),
    );
  }

  #coupleNode(visit: NodeVisit): Coupling {
    const { node } = visit;
    const context = this.#contextOf(visit);
    const rule = operatorRecord(node)?.coupling;
    if (node.opType === 'Constant') return { outputs: [] };
    const refusal = this.space.refusalOf(visit.path, positionsOf(context));
    if (refusal !== undefined) return lockAll(context, refusal.reason);
    if (rule !== undefined) return rule(context);
    const reason = `Pareto does not know which channels of ${node.opType ?? 'this node'} belong together.`;
    if (subgraphsOf(node).length > 0) {
      const lock = context.because(reason);
      for (const name of namesReadBy(node)) {
        for (const axis of this.values.get(name) ?? []) this.space.lockAxis(axis, lock);
      }
    }
    return lockAll(context, reason);
  }

  #contextOf({ node, path }: NodeVisit): CouplingContext {
    const valueOf = (name: ValueName | undefined) => (name ? this.#inferred.value(this.#graph, name) : undefined);
    const opset = this.#opsets.get(canonicalDomain(node.domain)) ?? 1;
    const facts = new NodeFacts(
      node,
      opset,
      node.inputs.map((name) => valueOf(name) ?? {}),
    );
    return {
      facts,
      path,
      space: this.space,
      atoms: (input) => {
        const name = node.inputs[input];
        return name ? (this.values.get(name) ?? this.#unknownAtoms(path, facts.shape(input)?.length)) : undefined;
      },
      fixedElements: (input) => this.#inferred.elements(node.inputs[input] ?? ''),
      outputShape: (output) => valueOf(node.outputs[output])?.shape,
      constant: (input) => this.constants.get(node.inputs[input] ?? ''),
      carriers: this.#carriers,
      isMeanOfNormalization: this.#means.has(node),
      because: (reason) => ({ path, reason }),
      followSize: (input, element, axis) => this.#followSize({ node, path }, input, element, axis),
    };
  }

  /** Locks all axes of a value that no rule described, but whose rank is known. */
  #unknownAtoms(path: string, rank: number | undefined): ValueAtoms | undefined {
    if (rank === undefined) return undefined;
    const lock = { path, reason: 'Its inputs are unknown.' };
    return Array.from({ length: rank }, (): AxisAtoms => lock);
  }

  #followSize(
    { node, path }: Pick<NodeVisit, 'node' | 'path'>,
    input: number,
    element: number,
    axis: AxisAtoms,
  ): boolean {
    const traced = traceShapeElement({ reader: node, input, element }, (name) => ({
      constant: this.constants.get(name),
      producer: this.#producers.get(name),
      content: this.#inferred.value(this.#graph, name),
    }));
    if (traced.read) this.#shapeReads.push({ ...traced, read: traced.read, axis, path });
    else if (traced.written) this.#writeSize(traced, axis, path);
    return traced.read !== undefined || traced.written !== undefined;
  }

  #writeSize({ written, isCalculated }: TracedSize, axis: AxisAtoms, path: string, source?: AxisAtoms): void {
    const { place, integers } = written!;
    const follows = isCalculated ? 'calculation' : source;
    // Two sizes that depend on one number must stay equal.
    const known = this.literals.find(
      ({ reader, input, element }) => reader === place.reader && input === place.input && element === place.element,
    );
    if (known) this.space.join(known.axis, axis, { path, reason: 'Two sizes depend on one number.' });
    else this.literals.push({ ...place, ...integers, axis, ...(follows && { follows }) });
  }

  /**
   * Handles axes whose size a Shape node returns. Such an axis loses as many positions as the one of the Shape node, or
   * the size is written into the model.
   */
  #followShapeReads(): void {
    for (const traced of this.#shapeReads) {
      const { read, axis, path } = traced;
      const other = this.values.get(read.value)?.[read.axisOfValue];
      if (other && !isLock(other) && !isLock(axis) && this.#losesAlike(other, axis)) continue;
      if (other && isLock(other) && isLock(axis)) continue;
      if (traced.written) this.#writeSize(traced, axis, path, other);
      else if (other) this.space.join(other, axis, { path, reason: 'Its size depends on an axis of another size.' });
      else this.space.lockAxis(axis, { path, reason: 'Its size depends on an unknown value.' });
    }
  }

  /** True if both axes have the same classes, each equally often, in any order. */
  #losesAlike(a: Int32Array, b: Int32Array): boolean {
    const classes = (axis: Int32Array): Int32Array => axis.map((atom) => this.space.classOf(atom)).toSorted();
    const [left, right] = [classes(a), classes(b)];
    return left.length === right.length && left.every((atom, at) => atom === right[at]);
  }
}

/** Counts the positions of all axes that a rule may read or produce. */
function positionsOf({ facts: { node }, atoms, outputShape }: CouplingContext): number {
  const read = node.inputs.flatMap((_, input) => atoms(input) ?? []);
  const made = node.outputs.flatMap((_, output) => outputShape(output) ?? []);
  return [
    ...read.map((axis) => (isLock(axis) ? 0 : axis.length)),
    ...made.map((size) => (typeof size === 'number' ? size : 0)),
  ].reduce((sum, size) => sum + size, 0);
}

function lockedInput({ name, type }: ValueInfo): ValueAtoms {
  const lock: Lock = { path: `graph/${name}`, reason: 'It is an input of the model.' };
  return (type?.shape?.dimensions ?? []).map(() => lock);
}
