/**
 * Fused attention of ONNX Runtime. A head has columns in queries, keys, values and the result, and is removed as a
 * whole. The other heads keep their width, and with it the scale of their scores.
 */
import { isLock, type AxisAtoms } from '../../coupling/atoms';
import { intAttribute, intsAttribute } from '../../attributes';
import type { Attribute } from '../../graph';
import {
  joinAxes,
  lockAll,
  lockAxis,
  workOver,
  type Coupling,
  type CouplingContext,
  type CouplingRule,
  type ValueAtoms,
  type WorkTerm,
} from './coupling-rule';

const notFit = 'Its heads do not match the widths of its inputs.';

/** Couples the columns of each head on an axis, from `first` on, with its unit. If they do not fit, all stay. */
function uniteHeads(
  { space, because }: CouplingContext,
  axis: AxisAtoms | undefined,
  units: Int32Array,
  { first = 0, width }: { readonly first?: number; readonly width: number },
): void {
  if (axis === undefined) return;
  if (isLock(axis)) return space.lockAxis(units, axis);
  if (!Number.isInteger(width) || first + units.length * width > axis.length) {
    space.lockAxis(units, because(notFit));
    space.lockAxis(axis, because(notFit));
    return;
  }
  units.forEach((unit, head) => {
    for (let column = 0; column < width; column += 1) space.unite(axis[first + head * width + column]!, unit);
  });
}

/** One atom for each head, and the axis on which they come out. */
function headsOf(
  { space, path }: CouplingContext,
  heads: number,
  width: number,
): { readonly units: Int32Array; readonly columns: Int32Array } | undefined {
  const columns = space.fresh(heads * width, path);
  if (isLock(columns) || heads < 1) return undefined;
  columns.forEach((atom, at) => space.unite(atom, columns[at - (at % width)]!));
  return { units: columns.filter((_, at) => at % width === 0), columns };
}

type InputAxis = readonly [input: number, axis: number];

/** Couples the head axes of inputs: a bias of scores, and past keys and values. */
function joinHeadAxes(context: CouplingContext, units: Int32Array, axes: readonly InputAxis[]): void {
  for (const [input, axis] of axes) {
    const atoms = context.atoms(input)?.[axis];
    const size = context.facts.shape(input)?.[axis];
    if (atoms !== undefined && size !== 1) joinAxes(context, atoms, units);
  }
}

/** Every position of a sequence takes part in all scores, or is one of a mask, and samples are no channels. */
function lockOthers(context: CouplingContext, axes: readonly InputAxis[]): void {
  const reason = `${context.facts.node.opType} compares all of them with each other.`;
  context.facts.node.inputs.forEach((_, input) => {
    const own = new Set(axes.flatMap(([of, axis]) => (of === input ? [axis] : [])));
    context.atoms(input)?.forEach((atoms, axis) => {
      if (!own.has(axis)) lockAxis(context, atoms, reason);
    });
  });
}

/**
 * com.microsoft.Attention has an input [batch, sequence, width], a weight [width, queries | keys | values] and a bias
 * of the same columns. Each part has one head after the other. Past and present are [2, batch, heads, sequence, width
 * of a head].
 */
export const couplePackedAttention: CouplingRule = (context) => {
  const { facts } = context;
  const [data, weight] = [context.atoms(0), context.atoms(1)];
  const all = facts.shape(1)?.[1];
  const heads = facts.int('num_heads') ?? 0;
  const named = facts.ints('qkv_hidden_sizes');
  const sizes = named ?? (typeof all === 'number' ? [all / 3, all / 3, all / 3] : []);
  const widths = sizes.map((size) => size / heads);
  const fits = sizes.length === 3 && widths.every((width) => Number.isInteger(width) && width > 0);
  const made = fits ? headsOf(context, heads, widths[2]!) : undefined;
  if (data?.length !== 3 || weight?.length !== 2 || made === undefined) return lockAll(context, notFit);
  const { units, columns } = made;
  joinAxes(context, data[2]!, weight[0]!);
  for (const axis of [weight[1]!, context.atoms(2)?.[0]]) {
    sizes.forEach((_, part) => {
      const first = sizes.slice(0, part).reduce((sum, size) => sum + size, 0);
      uniteHeads(context, axis, units, { first, width: widths[part]! });
    });
  }
  const ofHeads: readonly InputAxis[] = [
    [4, 2],
    [5, 1],
  ];
  joinHeadAxes(context, units, ofHeads);
  lockOthers(context, [[0, 2], [1, 0], [1, 1], [2, 0], ...ofHeads]);
  const lock = context.because('It keeps keys and values.');
  return {
    outputs: [
      [data[0]!, data[1]!, columns],
      [lock, lock, units, lock, lock],
    ],
    weights: [{ input: 1, consumes: 0, produces: 1 }],
    work: packedWork(context, weight, sizes),
    change: (kept) => {
      const left = kept(units).length;
      const widthsLeft = named?.map((_, part) => left * widths[part]!);
      return {
        attributes: [
          intAttribute('num_heads', left),
          ...(widthsLeft ? [intsAttribute('qkv_hidden_sizes', widthsLeft)] : []),
        ],
      };
    },
  };
};

/** The projection, and the computation of the heads. */
function packedWork({ facts }: CouplingContext, weight: ValueAtoms, sizes: readonly number[]): readonly WorkTerm[] {
  const [, sequence, width] = facts.shape(0) ?? [];
  if (typeof sequence !== 'number' || typeof width !== 'number') return workOver(weight[0]!, weight[1]!);
  const projection = width * sizes.reduce((sum, size) => sum + size, 0);
  const share = projection / (projection + sequence * (sizes[0]! + sizes[2]!));
  return [
    { share, axes: [weight[0]!, weight[1]!] },
    { share: 1 - share, axes: [weight[1]!] },
  ];
}

/** com.microsoft.MultiHeadAttention: queries [batch, sequence, heads × width], keys and values alike or split into heads already. */
export const coupleMultiHeadAttention: CouplingRule = (context) => {
  const { facts } = context;
  const heads = facts.int('num_heads') ?? 0;
  const [query, key, value] = [0, 1, 2].map((input) => context.atoms(input));
  const width = columnsOf(context, 0, heads);
  const valueWidth = columnsOf(context, 2, heads);
  const keyWidth = columnsOf(context, 1, heads);
  const isKnown = query?.length === 3 && width !== undefined && keyWidth === width && valueWidth !== undefined;
  const made = isKnown ? headsOf(context, heads, valueWidth) : undefined;
  if (!query || !key || !value || width === undefined || valueWidth === undefined || made === undefined) {
    return lockAll(context, 'Queries, keys and values come in together, or their widths are not known.');
  }
  const { units, columns } = made;
  uniteHeads(context, query[2], units, { width });
  for (const [atoms, own] of [
    [key, width],
    [value, valueWidth],
  ] as const) {
    if (atoms.length === 4) joinAxes(context, atoms[1]!, units);
    else uniteHeads(context, atoms[2], units, { width: own });
  }
  for (const [part, own] of [width, width, valueWidth].entries()) {
    uniteHeads(context, context.atoms(3)?.[0], units, { first: part * heads * width, width: own });
  }
  const ofHeads: readonly InputAxis[] = [
    [5, 1],
    [6, 1],
    [7, 1],
  ];
  joinHeadAxes(context, units, ofHeads);
  lockOthers(context, [[0, 2], [1, key.length === 4 ? 1 : 2], [2, value.length === 4 ? 1 : 2], [3, 0], ...ofHeads]);
  return attended(context, { query, units, columns, present: units }, (left) => [intAttribute('num_heads', left)]);
};

/** The width of a head of an input; `undefined` if it is not known or does not come out even. */
function columnsOf({ facts }: CouplingContext, input: number, heads: number): number | undefined {
  const shape = facts.shape(input);
  const width = shape?.length === 4 ? shape[3] : shape?.length === 3 ? Number(shape[2]) / heads : undefined;
  return typeof width === 'number' && Number.isInteger(width) && width > 0 ? width : undefined;
}

/**
 * com.microsoft.GroupQueryAttention with separate keys and values. Queries are [batch, sequence, heads × width]. There
 * are fewer heads of keys and values, each for as many neighboring heads of queries. Query heads are removed together
 * with their key head. If a cache stores keys and values, key heads stay, and each loses the same number of query
 * heads.
 */
export const coupleGroupQueryAttention: CouplingRule = (context) => {
  const { facts } = context;
  const [heads = 0, keyHeads = 0] = [facts.int('num_heads'), facts.int('kv_num_heads')];
  const [query, key, value] = [0, 1, 2].map((input) => context.atoms(input));
  const width = columnsOf(context, 0, heads);
  const perKey = heads / keyHeads;
  const isKnown = width !== undefined && Number.isInteger(perKey) && columnsOf(context, 1, keyHeads) === width;
  const made = isKnown ? headsOf(context, heads, width) : undefined;
  if (query?.length !== 3 || !key || !value || width === undefined || made === undefined) {
    return lockAll(context, 'Queries, keys and values come in together, or their widths are not known.');
  }
  const { units, columns } = made;
  const isCached = facts.has(3) || facts.has(4);
  units.forEach((unit, head) => {
    context.space.unite(unit, units[isCached ? head % perKey : head - (head % perKey)]!);
  });
  uniteHeads(context, query[2], units, { width });
  const groups = units.filter((_, head) => head % perKey === 0);
  for (const axis of [key[2], value[2]]) {
    if (isCached && axis) lockAxis(context, axis, 'A cache keeps these keys and values.');
    else uniteHeads(context, axis, groups, { width });
  }
  const ofHeads: readonly InputAxis[] = [
    [10, 1],
    [11, 0],
  ];
  joinHeadAxes(context, units, ofHeads);
  lockOthers(context, [[0, 2], [1, 2], [2, 2], ...ofHeads]);
  const present = isCached ? context.because('A cache keeps these keys and values.') : groups;
  return attended(context, { query, units, columns, present }, (left) => [
    intAttribute('num_heads', left),
    ...(isCached ? [] : [intAttribute('kv_num_heads', left / perKey)]),
  ]);
};

interface AttendedHeads {
  readonly query: ValueAtoms;
  readonly units: Int32Array;
  readonly columns: Int32Array;
  /** The heads of keys and values that are kept for the next call. */
  readonly present: AxisAtoms;
}

function attended(
  context: CouplingContext,
  { query, units, columns, present }: AttendedHeads,
  attributes: (heads: number) => readonly Attribute[],
): Coupling {
  const lock = context.because('It keeps keys and values.');
  const kept: ValueAtoms = [lock, present, lock, lock];
  // Scores, if they are outputs, belong to heads of queries.
  const outputs: readonly ValueAtoms[] = [[query[0]!, query[1]!, columns], kept, kept, [lock, units, lock, lock]];
  return {
    outputs: context.facts.node.outputs.map((_, output) => outputs[output]),
    work: workOver(columns),
    change: (keptOf) => ({ attributes: attributes(keptOf(units).length) }),
  };
}
