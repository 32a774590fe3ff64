import { isParetoError } from '../engine/errors';
import type { ExecutionProvider } from '../engine/metrics/cell';
import { endSentence } from '../engine/report/format';

const providerNames: Readonly<Record<ExecutionProvider, string>> = {
  wasm: 'WASM',
  webgpu: 'WebGPU',
  'webnn-cpu': 'WebNN on the CPU',
  'webnn-gpu': 'WebNN on the GPU',
  'webnn-npu': 'WebNN on the NPU',
};

/** What the runtime says, and what a person can do about it. */
const knownFailures: readonly { readonly pattern: RegExp; readonly advice: string }[] = [
  {
    pattern: /requires f16|shader-f16/i,
    advice: 'This adapter cannot compute with float16. Use a variant in float32.',
  },
  {
    pattern: /device (is|was) lost|DXGI_ERROR|map_async|GPUDevice.*lost/i,
    advice: 'The GPU was lost while it ran. Close other work on the GPU, or try a smaller batch.',
  },
  {
    pattern: /out of memory|memory access out of bounds|bad_alloc|allocation failed|Array buffer allocation/i,
    advice: 'It ran out of memory. Try a smaller batch or smaller dimensions.',
  },
  {
    pattern: /Failed to execute 'createContext'|WebNN is not supported|ML\.createContext|navigator\.ml/i,
    advice: 'This browser offers no such WebNN context.',
  },
  {
    pattern:
      /invalid dimensions for input|broadcast|ShapeInferenceError|dimensions? should be|cannot be reshaped|incompatible dimensions|dimension mismatch|out of data bounds/i,
    advice:
      'It does not accept these dimensions. Try other sizes for its free dimensions: in the settings of the benchmark, or with --dim on the command line.',
  },
  {
    pattern: /not implemented|NOT_IMPLEMENTED|not a registered function|Could not find an implementation/i,
    advice: 'An operator in it is not supported there.',
  },
];

/** One sentence (or two) for people: what could not be run where, why, and what to do. */
export function describeFailure(error: unknown, who: string, ep: ExecutionProvider): string {
  const where = `${who} could not be run on ${providerNames[ep]}`;
  const cause = firstLine(error instanceof Error ? error.message : String(error));
  if (isParetoError(error)) return `${where}. ${cause}`;
  const advice = knownFailures.find(({ pattern }) => pattern.test(cause))?.advice;
  return advice === undefined ? `${where}: ${cause}` : `${where}: ${advice} The runtime says: ${cause}`;
}

/** The runtime's messages go on for pages and hold paths of the machine that it was built on. */
function firstLine(message: string): string {
  const line = (message.split('\n')[0] ?? '')
    .replace(/\S*\/onnxruntime\/\S*/g, '')
    .replace(/failed to call \w+\(\)\.\s*/i, '')
    .replace(/\bonnxruntime::[\w:~]+(\([^)]*\)\s*(const)?)?/g, '')
    .replace(/ERROR_CODE: \d+, ERROR_MESSAGE:\s*/i, '')
    .replace(/\s+/g, ' ')
    .trim();
  const text = line.length > 300 ? `${line.slice(0, 299)}…` : line || 'no reason was given';
  return endSentence(text);
}
