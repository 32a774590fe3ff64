/**
 * Training on WebGPU: every gradient rule, whole steps and passes compute what WASM computes, and no node of a step leaves the GPU.
 */
import { describe, expect, it } from 'vitest';
import type { Feeds, FeedTensor } from '../../engine/data/feeds';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import type { Model, Node, Tensor } from '../../engine/onnx/graph';
import { renameValues } from '../../engine/onnx/rename-values';
import { namesDefinedBy } from '../../engine/onnx/subgraphs';
import { readFloat32 } from '../../engine/onnx/tensor';
import { graph, model } from '../../engine/onnx/testing/build';
import { resolveOptions } from '../../engine/passes/options';
import { passContext } from '../../engine/passes/testing/pass-context';
import { fineTune } from '../../engine/passes/train/fine-tune/fine-tune';
import { dataOf, original, pictures, side, weakened } from '../../engine/passes/train/testing/small-net';
import { upgradeOpset } from '../../engine/onnx/upgrade/upgrade-opset';
import { compileStep, type StepGraph } from '../../engine/training/compile-step';
import { isNotTrainable, prepareForward } from '../../engine/training/prepare-forward';
import { stepScalars } from '../../engine/training/optimizers';
import { gradientCases } from '../../engine/training/testing/gradient-cases';
import { gradientProbe, usualOpset } from '../../engine/training/testing/gradient-probe';
import { blobOfModel } from '../files/model-blob';
import { createBrowserHost } from './browser-host';
import { IdleWorkers } from './idle-workers';
import { createSessionInference } from './session-inference';

async function open(each: Model, ep: ExecutionProvider, resident?: ReadonlyMap<string, string>) {
  return createBrowserHost().open(new AbortController().signal, {
    files: { model: blobOfModel(each), name: 'step.onnx', externalData: [] },
    ep,
    threads: 1,
    freeDimensions: {},
    profile: true,
    ...(resident && { resident }),
  });
}

/** All cases of some operator sets side by side in one model, which imports the newest: a session for each would take minutes. */
function casesOf(opsets: readonly number[]): { readonly model: Model; readonly feeds: Feeds } {
  const nodes: Node[] = [];
  const initializers: Tensor[] = [];
  const feeds: Record<string, FeedTensor> = {};
  const inputs = [];
  const outputs = [];
  for (const [index, each] of gradientCases.entries()) {
    if (each.webgpu !== undefined || !opsets.includes(each.opset ?? usualOpset)) continue;
    const probe = gradientProbe(each);
    const main = probe.model.graph!;
    const renamed = new Map([...namesDefinedBy(main)].map((name) => [name, `${index}/${name}`]));
    const named = <Named extends { readonly name?: string }>(entry: Named): Named => ({
      ...entry,
      name: renamed.get(entry.name!)!,
    });
    nodes.push(...main.nodes.map((node) => renameValues(node, renamed, (name) => `${index}/${name}`)));
    initializers.push(...main.initializers.map(named));
    inputs.push(...main.inputs.map(named));
    outputs.push(...main.outputs.map(named));
    for (const { name, shape, values } of probe.inputs) {
      feeds[`${index}/${name}`] = { dtype: 'float32', dims: shape, data: values };
    }
  }
  const main = graph({ nodes, initializers, inputs, outputs });
  return { model: model(main, { opset: Math.max(...opsets), irVersion: 10n }), feeds };
}

const largestOf = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe('gradients on WebGPU', () => {
  it.each([
    // These nodes belong to the forward graphs: no gradient adds another node to the CPU.
    { opsets: [usualOpset], onCpu: ['LogSoftmax', 'SpaceToDepth', 'Sum'] },
    { opsets: [23, 24], onCpu: [] },
  ])('are those of WASM in operator sets $opsets', async ({ opsets, onCpu }) => {
    const all = casesOf(opsets);
    const found: Feeds[] = [];
    const operators: string[][] = [];
    for (const ep of ['wasm', 'webgpu'] as const) {
      const session = await open(all.model, ep);
      await session.feed(all.feeds);
      found.push((await session.run()).outputs);
      operators.push(
        (await session.profile()).operators.flatMap(({ op, provider }) => (provider.startsWith('CPU') ? [op] : [])),
      );
      session.close();
    }
    const [wasm, webgpu] = found;
    const wrong = Object.entries(wasm!).flatMap(([name, { data }]) => {
      const [expected, actual] = [data as Float32Array, webgpu![name]!.data as Float32Array];
      const difference = largestOf(expected.map((value, index) => value - actual[index]!));
      return difference <= 1e-3 * largestOf(expected)
        ? []
        : [`${gradientCases[Number.parseInt(name, 10)]!.name}: ${name}`];
    });
    expect(wrong).toEqual([]);
    expect(operators[1]!.toSorted()).toEqual(onCpu);
  });
});

describe('a step on WebGPU', () => {
  it('computes the losses of WASM, with its state and every node on the GPU', async () => {
    const upgraded = await upgradeOpset(original, 18n, () => Promise.resolve());
    if (upgraded.kind === 'refused') throw new Error(upgraded.reason);
    const batch = 4;
    const sizes = { batch, inputs: new Map([['image', [batch, 1, side, side]]]) };
    const student = prepareForward(upgraded.model, sizes);
    if (isNotTrainable(student)) throw new Error(student.reason);
    const optimizer = { kind: 'adam', weightDecay: 0 } as const;
    const loss = { kind: 'both', labels: 'classes', alpha: 0.3, temperature: 3 } as const;
    const step = compileStep({ student, teacher: student, loss, optimizer, averages: true });
    if ('reason' in step) throw new Error(step.reason);
    const [wasm, webgpu] = [await lossesOf(step, 'wasm', batch), await lossesOf(step, 'webgpu', batch)];
    expect(Object.keys(webgpu.placement)).toEqual(['WebGpuExecutionProvider']);
    webgpu.losses.forEach((value, index) => expect(value).toBeCloseTo(wasm.losses[index]!, 5));
    expect(wasm.losses[3]!).toBeLessThan(wasm.losses[0]!);
  });
});

async function lossesOf(step: StepGraph, ep: ExecutionProvider, batch: number) {
  const states = [step.weights, ...Object.values(step.moments), step.average!];
  const session = await open(step.model, ep, new Map(states.map(({ output, input }) => [output, input])));
  const vector = (data: Float32Array): FeedTensor => ({ dtype: 'float32', dims: [data.length], data });
  const data = new Float32Array(batch * side * side);
  for (let index = 0; index < batch; index++)
    data.set(pictures[index]!['image']!.data as Float32Array, index * side * side);
  const labels = Float32Array.from({ length: 3 * batch }, (_, index) => (index % 3 === 0 ? 1 : 0));
  const zeros = Object.values(step.moments).map(({ input }) => [input, vector(new Float32Array(step.start.length))]);
  const first: Feeds = {
    image: { dtype: 'float32', dims: [batch, 1, side, side], data },
    [step.labels!]: { dtype: 'float32', dims: [batch, 3], data: labels },
    [step.weights.input]: vector(step.start),
    [step.average!.input]: vector(step.start),
    ...Object.fromEntries(zeros),
  };
  const losses: number[] = [];
  for (let count = 1; count <= 4; count++) {
    const scalars = { ...stepScalars({ kind: 'adam', weightDecay: 0 }, 0.01, count), averageShare: 0.5 };
    const fed = Object.entries(step.scalars).flatMap(([name, input]): [string, FeedTensor][] =>
      input === undefined
        ? []
        : [[input, { dtype: 'float32', dims: [], data: Float32Array.of(scalars[name as 'rate']) }]],
    );
    await session.feed({ ...(count === 1 ? first : {}), ...Object.fromEntries(fed) });
    losses.push(((await session.run()).outputs[step.loss]!.data as Float32Array)[0]!);
  }
  const { placement } = await session.profile();
  session.close();
  return { losses, placement };
}

const weightsOf = ({ graph: main }: Model): ReadonlyMap<string, Float32Array> =>
  new Map(main!.initializers.flatMap((each) => (each.dataType === 1 ? [[each.name!, readFloat32(each)]] : [])));

describe('fine-tuning on WebGPU', () => {
  it('makes the weights of WASM', async () => {
    const idle = new IdleWorkers();
    const inference = createSessionInference(() => createBrowserHost(idle));
    const tune = (provider: 'wasm' | 'webgpu') => {
      const context = passContext({ original, inference, data: dataOf(pictures) });
      const given = { steps: 6, augment: 'none', matchLayers: false, optimizer: 'adam', learningRate: 0.01, provider };
      return fineTune.run(weakened(original), resolveOptions(fineTune, given), context);
    };
    const [wasm, webgpu] = [await tune('wasm'), await tune('webgpu')];
    idle.end();
    expect(webgpu.refusals).toEqual([]);
    expect(webgpu.sentence).toMatch(/reduced the loss .* Trained on WebGPU: another GPU may give other bytes\.$/);
    const found = weightsOf(webgpu.model);
    const apart = Array.from(weightsOf(wasm.model), ([name, values]) =>
      largestOf(values.map((value, index) => value - found.get(name)![index]!)),
    );
    expect(apart.length).toBeGreaterThan(3);
    // Six steps move each weight by some hundredths.
    expect(Math.max(...apart)).toBeLessThan(1e-5);
  });
});
