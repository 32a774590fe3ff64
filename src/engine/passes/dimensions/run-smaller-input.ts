/**
 * Shrinks what the first layers read, inside the model: its inputs stay as they are, so that data, programs and comparisons need no change.
 * Pictures are resized (bilinear), and texts are cut after their first tokens, which removes padding first.
 */
import { inspectInputs } from '../../analysis/inspect';
import { createSyntheticFeeds } from '../../data/synthetic';
import { shrinkableInputs, type ShrinkableInput } from '../../data/shrinkable-inputs';
import { runOnce } from '../../inference';
import { intAttribute, stringAttribute } from '../../onnx/attributes';
import { mapShape, statedSize, withSize } from '../../onnx/declared-shape';
import { DataType } from '../../onnx/data-type';
import { ModelEditor } from '../../onnx/edit';
import type { Graph, Model, Node, ValueInfo, ValueName } from '../../onnx/graph';
import { inferModel, type InferredModel } from '../../onnx/infer';
import { createTensor } from '../../onnx/tensor';
import { getAttributeInts, isDefaultDomain, scopes } from '../../onnx/traverse';
import { upgradeOpset } from '../../onnx/upgrade/upgrade-opset';
import { roundHalfEven } from '../../round-half-even';
import type { SmallerInputOptions } from './smaller-input-options';
import { refuseWhole, type Change, type PassContext, type PassOutcome } from '../pass';

/** Networks halve pictures up to five times. */
const pictureStep = 32;
const tokenStep = 8;
/** Resize and Slice of this version take their sizes as inputs. */
const leastOpset = 13n;

export async function runSmallerInput(
  model: Model,
  { keep }: SmallerInputOptions,
  context: PassContext,
): Promise<PassOutcome> {
  await context.checkpoint();
  const refuse = (code: string, reason: string): PassOutcome => ({
    model,
    changes: [],
    refusals: [refuseWhole(code, reason)],
  });
  const inputs = shrinkableInputs(inspectInputs(model));
  const made = inputs.flatMap((input) => planOf(input, keep) ?? []);
  if (model.graph === undefined || made.length === 0)
    return refuse('no-input', 'No input takes pictures of at least 96 × 96 or texts that could be smaller.');
  const upgraded = await upgradeOpset(model, leastOpset, () => context.checkpoint());
  if (upgraded.kind === 'refused') return refuse('opset', `The model stays unchanged: ${upgraded.reason}`);
  const pooled = poolWhatever(upgraded.model);
  const smaller = withShapes(shrink(pooled.model, made));
  const isRunning = await runs(smaller, context);
  context.progress({ stage: 'Shrunk', done: 1, total: 1 });
  if (!isRunning) return refuse('fixed-size', 'The layers take only the size that the model was made for.');
  const changes = made.map(({ name, what }): Change => ({ path: `graph/${name}`, op: 'Input', what }));
  return { model: smaller, changes: [...changes, ...pooled.changes], refusals: [] };
}

interface Planned {
  readonly name: ValueName;
  readonly what: string;
  nodes(editor: ModelEditor, output: ValueName): readonly Node[];
}

/** `undefined`: it is so small that nothing is left to remove. */
function planOf(input: ShrinkableInput, keep: number): Planned | undefined {
  const { name } = input;
  if (input.kind === 'text') {
    const length = tokenStep * Math.max(1, Math.round((input.length * keep) / tokenStep));
    if (length >= input.length) return undefined;
    return {
      name,
      what: `The layers read its first ${length} tokens of ${input.length}.`,
      nodes: (editor, output) => [
        node('Slice', [name, ...[0, length, 1].map((each) => integers(editor, [each]))], output),
      ],
    };
  }
  const { axis, size } = input;
  if (size === null) {
    const what = `The layers read ${Math.round(100 * keep)} % of its height and width, in multiples of ${pictureStep}.`;
    return { name, what, nodes: (editor, output) => resizeFree(editor, { name, axis, keep }, output) };
  }
  const sides = size.map((before) =>
    Math.max(pictureStep, Math.min(pictureStep * roundHalfEven((before * keep) / pictureStep), before - 1)),
  );
  return {
    name,
    what: `The layers read ${sides.join(' × ')} of its ${size.join(' × ')} pixels.`,
    nodes: (editor, output) => resize(editor, { name, axis, sides: integers(editor, sides) }, output),
  };
}

/** Sizes that depend on the picture. */
function resizeFree(
  editor: ModelEditor,
  { name, axis, keep }: { readonly name: ValueName; readonly axis: number; readonly keep: number },
  output: ValueName,
): readonly Node[] {
  const fresh = () => editor.graph.freshValueName(`${name}_size`);
  const [shape, sides, exact, shares, whole, least, pixels, size] = Array.from({ length: 8 }, fresh) as ValueName[];
  return [
    node('Shape', [name], shape!),
    node('Slice', [shape!, integers(editor, [axis]), integers(editor, [axis + 2])], sides!),
    node('Cast', [sides!], exact!, [intAttribute('to', DataType.float32)]),
    node('Mul', [exact!, floats(editor, keep / pictureStep)], shares!),
    node('Round', [shares!], whole!),
    node('Max', [whole!, floats(editor, 1)], least!),
    node('Mul', [least!, floats(editor, pictureStep)], pixels!),
    node('Cast', [pixels!], size!, [intAttribute('to', DataType.int64)]),
    ...resize(editor, { name, axis, sides: size! }, output),
  ];
}

/** The sizes of batch and channels are those of the picture. */
function resize(
  editor: ModelEditor,
  { name, axis, sides }: { readonly name: ValueName; readonly axis: number; readonly sides: ValueName },
  output: ValueName,
): readonly Node[] {
  const fresh = () => editor.graph.freshValueName(`${name}_shape`);
  const [shape, before, after, sizes] = Array.from({ length: 4 }, fresh) as ValueName[];
  const part = (from: number, to: number) => [shape!, integers(editor, [from]), integers(editor, [to])];
  return [
    node('Shape', [name], shape!),
    node('Slice', part(0, axis), before!),
    ...(axis === 1 ? [node('Slice', part(3, 4), after!)] : []),
    node('Concat', [before!, sides, ...(axis === 1 ? [after!] : [])], sizes!, [intAttribute('axis', 0)]),
    node('Resize', [name, '', '', sizes!], output, [stringAttribute('mode', 'linear')]),
  ];
}

function node(opType: string, inputs: readonly ValueName[], output: ValueName, attributes: Node['attributes'] = []) {
  return { opType, inputs, outputs: [output], attributes } satisfies Node;
}

function integers(editor: ModelEditor, values: readonly number[]): ValueName {
  const name = editor.graph.freshValueName('smaller_input');
  const bytes = BigInt64Array.from(values, BigInt);
  editor.graph.addInitializer(createTensor({ name, dataType: DataType.int64, dims: [values.length], bytes }));
  return name;
}

function floats(editor: ModelEditor, value: number): ValueName {
  const name = editor.graph.freshValueName('smaller_input');
  editor.graph.addInitializer(
    createTensor({ name, dataType: DataType.float32, dims: [], bytes: Float32Array.of(value) }),
  );
  return name;
}

/** Every reader of an input reads the smaller one. */
function shrink(model: Model, made: readonly Planned[]): Model {
  const editor = new ModelEditor(model);
  const renamed = new Map(made.map(({ name }) => [name, editor.graph.freshValueName(`${name}_smaller`)]));
  for (const { graph, nodes } of scopes(model)) {
    if (graph === undefined) continue;
    for (const each of nodes.filter(({ inputs }) => inputs.some((name) => renamed.has(name)))) {
      const inputs = each.inputs.map((name) => renamed.get(name) ?? name);
      editor.editorOf(graph).replaceNode(each, [{ ...each, inputs }]);
    }
  }
  for (const each of made) editor.graph.append(each.nodes(editor, renamed.get(each.name)!));
  return editor.finish();
}

/** An average over the whole map, by its size, becomes one over whatever map there is. */
function poolWhatever(model: Model): { readonly model: Model; readonly changes: readonly Change[] } {
  const editor = new ModelEditor(model);
  const graph = model.graph!;
  const inferred = inferModel(model);
  const changes: Change[] = [];
  for (const each of graph.nodes) {
    if (each.opType !== 'AveragePool' || !isDefaultDomain(each.domain)) continue;
    const sides = inferred.value(graph, each.inputs[0] ?? '')?.shape?.slice(2);
    const kernel = getAttributeInts(each, 'kernel_shape');
    const ends = inferred.value(graph, each.outputs[0] ?? '')?.shape?.slice(2);
    const isWhole = sides?.join() === kernel?.join() && ends?.every((side) => side === 1) === true;
    if (!isWhole) continue;
    editor.graph.replaceNode(each, [{ ...each, opType: 'GlobalAveragePool', attributes: [] }]);
    changes.push({ path: `graph/${each.name ?? ''}`, op: each.opType, what: 'Averages maps of any size' });
  }
  return { model: editor.finish(), changes };
}

/** The shapes that follow now. The file states those of the larger input. */
function withShapes(model: Model): Model {
  const graph = { ...model.graph!, valueInfos: [] };
  const unstated = { ...graph, outputs: graph.outputs.map(withoutShape) };
  const inferred = inferModel({ ...model, graph: unstated });
  const outputs = graph.outputs.map((output) => asInferred(unstated, output, inferred));
  return { ...model, graph: { ...graph, outputs } };
}

function asInferred(graph: Graph, output: ValueInfo, inferred: InferredModel): ValueInfo {
  const shape = inferred.value(graph, output.name ?? '')?.shape;
  return mapShape(output, (dimension, axis) => {
    const size = shape?.[axis];
    if (typeof size === 'number') return size === statedSize(dimension) ? dimension : withSize(dimension, size);
    return statedSize(dimension) === undefined ? dimension : {};
  });
}

function withoutShape({ type, ...info }: ValueInfo): ValueInfo {
  if (type === undefined) return info;
  const { shape: _shape, ...kind } = type;
  return { ...info, type: kind };
}

/** False if the runtime refuses it. Without a runtime, nothing tells. */
async function runs(model: Model, { inference, signal }: PassContext): Promise<boolean> {
  if (inference === undefined) return true;
  try {
    await runOnce(inference, signal, model, createSyntheticFeeds(inspectInputs(model), {}, 1));
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
