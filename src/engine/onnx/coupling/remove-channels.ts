/** Removes positions from the axes of a model: it cuts weights, and changes the sizes that nodes state. */
import { constantNode } from '../constant-node';
import { bitsPerElement, DataType } from '../data-type';
import { ModelEditor } from '../edit';
import { createTensor, readIntegers, tensorBytes, withRawData } from '../tensor';
import { MemorySource } from '../byte-source';
import { type Graph, type Model, type Node, type Tensor, type ValueInfo, type ValueName } from '../graph';
import { replaceTensors } from '../map-tensors';
import type { KeptPositions, NodeChange, ValueAtoms } from '../ops/coupling/coupling-rule';
import { IR_VERSION_OF_FREE_INITIALIZERS } from '../upgrade/raise-ir-version';
import { isLock, type AtomSpace } from './atoms';
import type { CoupledChannels } from './couple-channels';
import { productOf } from '../../product-of';

/** The function that is called after each weight that was read and cut. */
type Advance = () => Promise<void>;

/**
 * The model without the removed channels. Names stay; descriptions of values whose sizes change go. A weight that loses
 * nothing is shared with the original.
 *
 * @param removed classes of atoms, by `AtomSpace.classOf`; none of them locked, and of no axis all.
 * @param replacements other numbers for constants, before anything is removed: same type and shape.
 */
export async function removeChannels(
  model: Model,
  coupled: CoupledChannels,
  removed: ReadonlySet<number>,
  advance: Advance,
  replacements: ReadonlyMap<ValueName, Tensor> = new Map(),
): Promise<Model> {
  const kept = keptPositions(coupled.space, removed);
  const loses = (atoms: ValueAtoms): boolean => atoms.some((axis) => !isLock(axis) && kept(axis).length < axis.length);
  const narrowed = new Map<Tensor, Tensor>();
  for (const [name, tensor] of coupled.constants) {
    const atoms = coupled.values.get(name)!;
    const replacement = replacements.get(name);
    if (!loses(atoms) && replacement === undefined) continue;
    narrowed.set(
      tensor,
      takePositions(
        replacement ? { ...replacement, name: tensor.name } : tensor,
        atoms.map((axis) => (isLock(axis) ? undefined : kept(axis))),
      ),
    );
    await advance();
  }
  const changed = withNodeChanges(model, coupled, kept, loses);
  const cut = replaceTensors(changed, narrowed);
  return { ...cut, graph: withoutStaleShapes(cut.graph!, coupled, kept, loses) };
}

/** Lists the positions of an axis that are left, and caches the list. */
export function keptPositions(space: AtomSpace, removed: ReadonlySet<number>): KeptPositions {
  const known = new Map<Int32Array, readonly number[]>();
  return (axis) => {
    if (isLock(axis)) return [];
    let kept = known.get(axis);
    if (kept === undefined) {
      const left: number[] = [];
      axis.forEach((atom, at) => {
        if (!removed.has(space.classOf(atom))) left.push(at);
      });
      known.set(axis, (kept = left));
    }
    return kept;
  };
}

/** The tensor with only some positions of its axes; `undefined`: all of that axis. Its elements take whole bytes. */
function takePositions(tensor: Tensor, positions: readonly (readonly number[] | undefined)[]): Tensor {
  const elementBytes = (bitsPerElement(tensor.dataType ?? DataType.undefined) ?? 0) / 8;
  let bytes = tensorBytes(tensor);
  const dims = tensor.dims.map(Number);
  positions.forEach((kept, axis) => {
    if (kept === undefined || kept.length === dims[axis]) return;
    const run = dims.slice(axis + 1).reduce((product, size) => product * size, elementBytes);
    const outer = productOf(dims.slice(0, axis));
    const next = new Uint8Array(outer * kept.length * run);
    for (let block = 0; block < outer; block += 1) {
      kept.forEach((position, at) => {
        const from = (block * dims[axis]! + position) * run;
        next.set(bytes.subarray(from, from + run), (block * kept.length + at) * run);
      });
    }
    bytes = next;
    dims[axis] = kept.length;
  });
  return { ...withRawData(tensor, new MemorySource(bytes)), dims: dims.map(BigInt) };
}

function withNodeChanges(
  model: Model,
  coupled: CoupledChannels,
  kept: KeptPositions,
  loses: (atoms: ValueAtoms) => boolean,
): Model {
  const editor = new ModelEditor(model);
  const changes = new Map<Node, NodeChange>();
  for (const { visit, coupling } of coupled.nodes) {
    if (!coupling.change) continue;
    const read = visit.node.inputs.map((name) => coupled.values.get(name));
    const touches = [...read, ...coupling.outputs].some((atoms) => atoms !== undefined && loses(atoms));
    if (touches) changes.set(visit.node, coupling.change(kept));
  }
  for (const { reader, input, element, axis, values, follows } of coupled.literals) {
    const isMoved = follows === 'calculation' || (follows !== undefined && loses([follows]));
    if (!isMoved && !loses([axis])) continue;
    const before = changes.get(reader);
    const known = before?.integers?.get(input) ?? values;
    const size = isLock(axis) ? values[element]! : kept(axis).length;
    changes.set(reader, { ...before, integers: new Map(before?.integers ?? []).set(input, known.with(element, size)) });
  }
  const isOldFile = (model.irVersion ?? IR_VERSION_OF_FREE_INITIALIZERS) < IR_VERSION_OF_FREE_INITIALIZERS;
  for (const [node, change] of changes) {
    editor.graph.replaceNode(node, [changedNode(node, change, coupled, { editor, isOldFile })]);
  }
  return editor.finish();
}

function changedNode(
  node: Node,
  change: NodeChange,
  coupled: CoupledChannels,
  { editor, isOldFile }: { readonly editor: ModelEditor; readonly isOldFile: boolean },
): Node {
  const { attributes = [], without = [], integers = new Map<number, readonly number[]>() } = change;
  const replaced = new Set([...attributes.map(({ name }) => name), ...without]);
  const inputs = [...node.inputs];
  for (const [input, values] of integers) {
    const stored = coupled.constants.get(inputs[input] ?? '');
    if (stored && String(readIntegers(stored)) === String(values)) continue;
    const calculated = coupled.literals.find((literal) => literal.reader === node && literal.input === input);
    const isInt32 = (stored?.dataType ?? calculated?.dataType) === DataType.int32;
    const bytes = isInt32 ? Int32Array.from(values) : BigInt64Array.from(values.map(BigInt));
    const name = editor.graph.freshValueName(inputs[input] || `${node.outputs[0]}_sizes`);
    const dataType = isInt32 ? DataType.int32 : DataType.int64;
    const dims = stored?.dims.length === 0 || calculated?.isScalar ? [] : [values.length];
    const tensor = createTensor({ name, dataType, dims, bytes });
    // An old file would need another version for it, in which callers could replace every weight that is listed as an input.
    if (isOldFile) editor.graph.insertBefore(node, [constantNode(name, tensor)]);
    else editor.graph.addInitializer(tensor);
    while (inputs.length <= input) inputs.push('');
    inputs[input] = name;
  }
  return {
    ...node,
    inputs,
    attributes: [...node.attributes.filter(({ name }) => !replaced.has(name ?? '')), ...attributes],
  };
}

/** Old files list initializers as inputs: their sizes follow. */
function withoutStaleShapes(
  graph: Graph,
  coupled: CoupledChannels,
  kept: KeptPositions,
  loses: (atoms: ValueAtoms) => boolean,
): Graph {
  const changes = ({ name }: ValueInfo): boolean => loses(coupled.values.get(name ?? '') ?? []);
  return {
    ...graph,
    inputs: graph.inputs.map((info) => (changes(info) ? withSizes(info, coupled, kept) : info)),
    valueInfos: graph.valueInfos.filter((info) => !changes(info)),
  };
}

function withSizes(info: ValueInfo, coupled: CoupledChannels, kept: KeptPositions): ValueInfo {
  const atoms = coupled.values.get(info.name ?? '')!;
  if (!info.type?.shape) return info;
  const dimensions = info.type.shape.dimensions.map((dimension, axis) => {
    const own = atoms[axis];
    return own === undefined || isLock(own) ? dimension : { size: BigInt(kept(own).length) };
  });
  return { ...info, type: { ...info.type, shape: { ...info.type.shape, dimensions } } };
}
