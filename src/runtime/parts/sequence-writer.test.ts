import { afterAll, expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import type { GenerationConfig } from '../../engine/data/parts/generation-config';
import type { PartSides } from '../../engine/data/parts/wire-chain';
import { wireWriter, type WriterWiring } from '../../engine/data/parts/wire-writer';
import { MemorySource } from '../../engine/onnx/byte-source';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import type { Model } from '../../engine/onnx/graph';
import { encoder, encoderDecoder } from '../../engine/onnx/testing/encoder-decoder';
import { openModel } from '../../engine/recipe/open-model';
import { createNodeHost } from '../node/node-host';
import { IdleWorkers } from '../session/idle-workers';
import { createPartCalibration } from './part-calibration';
import { PartSessions, type PartFiles } from './part-sessions';
import { writeSequence } from './sequence-writer';

const idle = new IdleWorkers();
afterAll(() => idle.end());
const host = createNodeHost(idle);
const { signal } = new AbortController();
const checkpoint = () => Promise.resolve();

interface Opened extends PartSides, PartFiles {}

function open(name: string, model: Model): Opened {
  const bytes = joinParts(encodeModel(model)) as Uint8Array<ArrayBuffer>;
  const source = new MemorySource(bytes);
  const { inputs, outputs } = openModel({ name, source, sha256: '', findData: () => undefined }).inspection;
  return { name, inputs, outputs, files: { model: new Blob([bytes]), name: `${name}.onnx`, externalData: [] } };
}

const plain = [open('encoder', encoder()), open('decoder', encoderDecoder())];
const cached = [plain[0]!, open('decoder', encoderDecoder('cached'))];
const merged = [plain[0]!, open('decoder_model_merged', encoderDecoder('merged'))];
const usual: GenerationConfig = { start: 0, ends: [], suppressed: [], forced: new Map() };

function feedsOf(ids: readonly number[]): Feeds {
  const tensor = (values: readonly number[]) => ({
    ...{ dtype: 'int64', dims: [1, values.length], data: BigInt64Array.from(values.map(BigInt)) },
  });
  return { input_ids: tensor(ids), attention_mask: tensor(ids.map(() => 1)) };
}

async function write(parts: readonly Opened[], config: Partial<GenerationConfig> = {}, count = 12) {
  const sessions = await PartSessions.open(signal, host, { parts, threads: 1 });
  const wiring = wireWriter(parts) as WriterWiring;
  try {
    const spec = { wiring, config: { ...usual, ...config }, count };
    return await writeSequence(sessions, spec, feedsOf([3, 17, 8, 25]), checkpoint);
  } finally {
    sessions.close();
  }
}

it('writes the same with a cache as without one, and obeys the configuration', async () => {
  const written = await write(plain);
  expect(new Set(written).size).toBeGreaterThan(1);
  expect(written).toHaveLength(12);
  expect(await write(cached)).toEqual(written);
  expect(await write(merged)).toEqual(written);
  expect(await write(plain, { ends: [written[4]!] })).toEqual(written.slice(0, written.indexOf(written[4]!) + 1));
  expect(await write(plain, { suppressed: [written[0]!] }, 1)).not.toEqual(written.slice(0, 1));
  expect(await write(plain, { forced: new Map([[2, 31]]) }, 2)).toEqual([written[0], 31]);
});

it('calibrates a decoder with runs of the original: the whole sequence, or the first and the longest cache', async () => {
  const entry = { fingerprint: 'x', samples: 2, feeds: entryFeeds };
  const shapesOf = async (parts: readonly Opened[]) => {
    const wiring = wireWriter(parts) as WriterWiring;
    const work = { wiring, config: usual, count: 5 };
    const context = { signal, checkpoint };
    const data = createPartCalibration(context, host, { parts, work, part: 'decoder', entry, threads: 1 });
    const shapes: object[] = [];
    for await (const feeds of data.feeds()) {
      shapes.push(Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims])));
    }
    return shapes;
  };
  const crossing = { encoder_hidden_states: [1, 3, 64], encoder_attention_mask: [1, 3] };
  expect(await shapesOf(plain)).toMatchObject([{ input_ids: [1, 5], ...crossing }, { input_ids: [1, 5] }]);
  expect(await shapesOf(cached)).toMatchObject([
    { input_ids: [1, 1], 'past_key_values.0.decoder.key': [1, 1, 0, 64], ...crossing },
    { input_ids: [1, 1], 'past_key_values.0.decoder.key': [1, 1, 4, 64] },
    { 'past_key_values.0.decoder.key': [1, 1, 0, 64] },
    { 'past_key_values.0.decoder.key': [1, 1, 4, 64] },
  ]);
});

async function* entryFeeds(): AsyncGenerator<Feeds, void> {
  yield feedsOf([1, 2, 3]);
  yield feedsOf([4, 5]);
}
