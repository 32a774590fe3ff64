/** Compares the nodes that are predicted to leave WebGPU with those that the runtime moves. */
import { expect } from 'vitest';
import { predictPlacements } from '../../engine/analysis/predict-placement';
import { withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { MemorySource } from '../../engine/onnx/byte-source';
import { decodeModel } from '../../engine/onnx/codec/decode';
import { inferModel } from '../../engine/onnx/infer';
import { createBrowserHost } from '../session/browser-host';

export interface MeasuredModel {
  readonly url: string;
  readonly sizes?: Readonly<Record<string, number>>;
  /** Nodes predicted to leave that the optimizer of the runtime takes away or turns into others, by operator. */
  readonly optimizedAway?: Readonly<Record<string, number>>;
  /** Nodes that nobody predicted, by operator. */
  readonly unforeseen?: Readonly<Record<string, number>>;
}

/** Nodes that ran on the CPU, by operator. */
async function measure(bytes: Blob, sizes: Readonly<Record<string, number>>): Promise<Record<string, number>> {
  const session = await createBrowserHost().open(new AbortController().signal, {
    files: { model: bytes, name: 'model.onnx', externalData: [] },
    ep: 'webgpu',
    threads: 1,
    freeDimensions: {},
    profile: true,
  });
  try {
    const dimensions = withSuggestedDimensions(session.inputs, sizes);
    await session.feed(createSyntheticFeeds(session.inputs, dimensions, 1));
    await session.run();
    const { operators } = await session.profile();
    const onCpu = operators.filter(({ provider, op }) => provider.startsWith('CPU') && !op.startsWith('Memcpy'));
    return Object.fromEntries(onCpu.map(({ op, nodes }) => [op, nodes]));
  } finally {
    session.close();
  }
}

function predict(bytes: Uint8Array): Record<string, number> {
  const model = decodeModel(new MemorySource(bytes));
  const { leaves, notMeasured } = predictPlacements(model, inferModel(model)).webgpu;
  expect(notMeasured).toEqual([]);
  const counts: Record<string, number> = {};
  for (const { op } of leaves) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

async function predictAndMeasure({ url, sizes = {} }: MeasuredModel) {
  const blob = await (await fetch(url)).blob();
  return { predicted: predict(new Uint8Array(await blob.arrayBuffer())), measured: await measure(blob, sizes) };
}

/** Compares predictions with the measured node counts exactly. Without graphs inside, every node runs. */
export async function expectPredictedToTheNode(model: MeasuredModel): Promise<void> {
  const { predicted, measured } = await predictAndMeasure(model);
  const { optimizedAway = {}, unforeseen = {} } = model;
  const operators = new Set([predicted, measured, optimizedAway].flatMap((counts) => Object.keys(counts)));
  for (const op of operators) {
    const foreseen = (predicted[op] ?? 0) - (optimizedAway[op] ?? 0) + (unforeseen[op] ?? 0);
    expect(measured[op] ?? 0, op).toBe(foreseen);
  }
}

/** One branch of each If runs, so fewer nodes leave than were predicted, but no others. */
export async function expectAmongPredicted(model: MeasuredModel): Promise<void> {
  const { predicted, measured } = await predictAndMeasure(model);
  expect(Object.keys(measured)).not.toEqual([]);
  for (const [op, nodes] of Object.entries(measured)) {
    expect(nodes, op).toBeLessThanOrEqual((predicted[op] ?? 0) + (model.unforeseen?.[op] ?? 0));
  }
}
