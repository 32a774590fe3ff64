/** Measures the loss of the outputs if one activation alone is rounded to its integers, in one session of the float model. */
import { openTunable } from '../../../calibration/tunable-session';
import type { Feeds } from '../../../data/feeds';
import { OutputComparison } from '../../../metrics/output-match';
import { DataType } from '../../../onnx/data-type';
import { ModelEditor, type GraphEditor } from '../../../onnx/edit';
import type { Model, Node, ValueName } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { createWorkMeter } from '../../work-meter';
import { createNode } from '../../../onnx/create-node';
import type { CalibrationContext } from './activation-ranges';
import { addScaling } from './qdq-parameters';
import type { QdqPlan } from './qdq-plan';

/** Values, and the cost of rounding them together: the square of the outputs' error as a share of their signal. */
export interface ValueNoise {
  readonly values: readonly ValueName[];
  readonly share: number;
}

/** The most runs for each calibration sample, and the number of runs that is always allowed. */
const [runsPerSample, leastMostRuns] = [4, 128];

/**
 * Measures blocks of values first: the output of a layer and all values until the next layer. If the share of a block
 * exceeds `leastShare`, each of its values is measured by itself, the costliest blocks first while runs are left. Shares add up as far as errors are independent.
 * Rejects as the inference does.
 */
export async function measureNoise(
  plan: QdqPlan,
  samples: readonly Feeds[],
  leastShare: number,
  context: CalibrationContext,
): Promise<readonly ValueNoise[]> {
  const { model, switches } = withSwitches(plan);
  const blocks = blocksOf(plan, switches);
  const mostRuns = Math.max(leastMostRuns, runsPerSample * context.data.samples);
  const probes = samples.slice(0, Math.max(1, Math.floor(mostRuns / Math.max(1, blocks.length))));
  const meter = createWorkMeter(context, 'Finding the costliest values');
  meter.start(2 * blocks.length * probes.length);
  const session = await openTunable(context.signal, context.inference, model, { tunable: switches.values() });
  const turn = (values: readonly ValueName[], on: boolean): void =>
    session.tune(new Map(values.map((value) => [switches.get(value)!, switchTensor(switches.get(value)!, on)])));
  const measure = async (groups: readonly (readonly ValueName[])[]): Promise<readonly ValueNoise[]> => {
    const comparisons = groups.map(() => new OutputComparison());
    for (const feeds of probes) {
      const expected = await session.run(feeds);
      for (const [at, values] of groups.entries()) {
        turn(values, true);
        comparisons[at]!.add(expected, await session.run(feeds));
        turn(values, false);
        await meter.advance(1);
      }
    }
    return groups.map((values, at) => ({ values, share: shareOf(comparisons[at]!) }));
  };
  try {
    const found = await measure(blocks);
    let runsLeft = mostRuns - blocks.length * probes.length;
    // The costliest blocks are divided first.
    const divided = new Set(
      found
        .filter(({ values, share }) => values.length > 1 && share > leastShare)
        .toSorted((a, b) => b.share - a.share)
        .filter(({ values }) => (runsLeft -= values.length * probes.length) >= 0),
    );
    const single = await measure([...divided].flatMap(({ values }) => values.map((value) => [value])));
    meter.finish();
    return [...found.filter((block) => !divided.has(block)), ...single];
  } finally {
    session.close();
  }
}

function shareOf(comparison: OutputComparison): number {
  return Math.max(...comparison.perOutput().map(({ sqnrDb }) => (sqnrDb === null ? 0 : 10 ** (-sqnrDb / 10))));
}

/** Activations that have a range of their own, in the order of the nodes. */
function blocksOf({ graph }: QdqPlan, switches: ReadonlyMap<ValueName, ValueName>): readonly (readonly ValueName[])[] {
  const blocks: ValueName[][] = [[]];
  for (const { name = '' } of graph.graph.inputs) if (switches.has(name)) blocks[0]!.push(name);
  for (const node of graph.graph.nodes) {
    if (graph.isLayer(node)) blocks.push([]);
    blocks.at(-1)!.push(...node.outputs.filter((name) => switches.has(name)));
  }
  return blocks.filter(({ length }) => length > 0);
}

interface SwitchedModel {
  readonly model: Model;
  /** The switch of each value: a number that is 1 if the value is rounded and 0 if it is not. */
  readonly switches: ReadonlyMap<ValueName, ValueName>;
}

/** The float model with value + switch × (rounded − value) in the place of every activation. */
function withSwitches({ model, graph, marks, parameters }: QdqPlan): SwitchedModel {
  const editor = new ModelEditor(model);
  const switches = new Map<ValueName, ValueName>();
  const blend = (value: ValueName, from: ValueName, to: ValueName): readonly Node[] => {
    const names = addScaling(editor.graph, value, parameters.get(value)!);
    const factor = editor.graph.freshValueName(`${value}_switch`);
    editor.graph.addInitializer(switchTensor(factor, false));
    switches.set(value, factor);
    return blendNodes(editor.graph, { value, from, to, factor, names });
  };
  const isRounded = (name: ValueName): boolean =>
    marks.get(name)?.kind === 'activation' && parameters.has(name) && !graph.constant(name);
  const fed = new Map<ValueName, ValueName>();
  for (const node of graph.graph.nodes) {
    const before = node.inputs.flatMap((name) => {
      if (!graph.isInput(name) || !isRounded(name) || fed.has(name)) return [];
      fed.set(name, editor.graph.freshValueName(`${name}_blend`));
      return blend(name, name, fed.get(name)!);
    });
    const after: Node[] = [];
    const outputs = node.outputs.map((name) => {
      if (!isRounded(name)) return name;
      const raw = editor.graph.freshValueName(`${name}_raw`);
      after.push(...blend(name, raw, name));
      return raw;
    });
    const inputs = node.inputs.map((name) => fed.get(name) ?? name);
    editor.graph.replaceNode(node, [...before, { ...node, inputs, outputs }, ...after]);
  }
  return { model: editor.finish(), switches };
}

function blendNodes(
  editor: GraphEditor,
  blend: {
    readonly value: ValueName;
    readonly from: ValueName;
    readonly to: ValueName;
    readonly factor: ValueName;
    readonly names: readonly [ValueName, ValueName];
  },
): readonly Node[] {
  const { value, from, to, factor, names } = blend;
  const [integers, rounded, error, part] = ['integers', 'rounded', 'error', 'part'].map((suffix) =>
    editor.freshValueName(`${value}_${suffix}`),
  ) as [ValueName, ValueName, ValueName, ValueName];
  return [
    createNode('QuantizeLinear', '', [from, ...names], [integers]),
    createNode('DequantizeLinear', '', [integers, ...names], [rounded]),
    createNode('Sub', '', [rounded, from], [error]),
    createNode('Mul', '', [error, factor], [part]),
    createNode('Add', '', [from, part], [to]),
  ];
}

function switchTensor(name: ValueName, on: boolean) {
  return createTensor({ name, dataType: DataType.float32, dims: [], bytes: Float32Array.of(on ? 1 : 0) });
}
