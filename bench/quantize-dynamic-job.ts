/**
 * One quantization as a process of its own: reads a model file, quantizes it, writes the result, prints the times as
 * JSON. `tsx bench/quantize-dynamic-job.ts <input.onnx> <output.onnx> [per-channel]`
 */
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { encodeModel } from '../src/engine/onnx/codec/encode';
import { resolveOptions } from '../src/engine/passes/options';
import type { PassContext } from '../src/engine/passes/pass';
import { quantizeDynamic } from '../src/engine/passes/quantize/quantize-dynamic';
import { streamParts } from '../src/engine/recipe/stream-parts';
import { FileSource } from '../src/runtime/node/file-source';
import { OutputFile } from '../cli/output-file';

/** As a host does it: the event loop gets its turn, so that a cancel could come in. */
const checkpoint = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const context: PassContext = {
  signal: new AbortController().signal,
  progress: () => {},
  checkpoint,
  random: { next: () => 0 },
};

async function runJob(input: string, output: string, perChannel: boolean): Promise<void> {
  const start = performance.now();
  const model = decodeModel(FileSource.open(input));
  const loaded = performance.now();
  const { model: quantized } = await quantizeDynamic.run(
    model,
    resolveOptions(quantizeDynamic, { perChannel }),
    context,
  );
  const passed = performance.now();
  const file = new OutputFile(output, [input]);
  const { parts } = encodeModel(quantized);
  await streamParts(parts, undefined, { write: (window) => file.write(window) }, { progress: () => {}, checkpoint });
  file.commit();
  const saved = performance.now();
  const times = { loadMs: loaded - start, passMs: passed - loaded, saveMs: saved - passed, jobMs: saved - start };
  console.log(JSON.stringify(times));
}

const [input = '', output = '', ...flags] = process.argv.slice(2);
await runJob(input, output, flags.includes('per-channel'));
