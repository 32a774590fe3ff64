import { requiredOperatorsFile } from '../../analysis/required-operators';
import {
  describePageDownload,
  pageDownloads,
  providersOfDownload,
  type PageDownload,
} from '../../profiling/page-download';
import { quoted } from '../../quoted';
import { modelPath, type DeployFacts, type DeployTarget } from '../deploy-facts';

export const web: DeployTarget = {
  id: 'web',
  title: 'A web page',
  checkedWith: 'onnxruntime-web 1.30.0',
  make(facts) {
    const downloads = pageDownloads(facts.modelBytes);
    const [smallest] = downloads;
    const text = `// Runs the model in a page or in a worker. npm install onnxruntime-web@${facts.onnxruntimeWeb}
// Download of a page, by the module that it imports:
${downloads.map(describeWithBuild).join('\n')}
// WebGPU needs executionProviders: ['webgpu'] and another module: 'onnxruntime-web/jspi' if WebAssembly.Suspending exists,
// or else 'onnxruntime-web/webgpu'.
import * as ort from 'onnxruntime-web/wasm';

const sha256 = ${quoted(facts.inspection.file.sha256)};

export async function openModel(url = ${quoted(`../${modelPath(facts)}`)}) {
  const bytes = await (await fetch(url)).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== sha256) throw new Error('This is not the model that was measured.');
  return ort.InferenceSession.create(bytes, ${sessionOptions(facts)});
}

// Inputs: ${facts.inspection.inputs.map(({ name, dtype, shape }) => `${quoted(name)} ${dtype} ${JSON.stringify(shape)}`).join('; ')}
export async function run(session, feeds) {
  const results = await session.run(feeds);
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data]));
}
`;
    return {
      files: [
        { path: 'web/run-model.js', text },
        { path: 'web/required_operators.config', text: requiredOperatorsFile(facts.inspection) },
      ],
      notes: [
        `web/run-model.js: a page downloads ${describePageDownload(smallest!)}.`,
        'web/required_operators.config: for a smaller ONNX Runtime (build.py --include_ops_by_config). Open the model with graphOptimizationLevel: "disabled", because optimizations insert other operators.',
        'web/run-model.js: threads need the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.',
      ],
    };
  },
};

function describeWithBuild(download: PageDownload): string {
  return `//   ${download.module} (${providersOfDownload(download)}): ${describePageDownload(download)}`;
}

/** Weights stored as integers would otherwise become floats at every run. */
function sessionOptions({ inspection: { nodes } }: DeployFacts): string {
  const ops = new Set(nodes.map(({ op }) => op));
  const isWeightOnly = ops.has('DequantizeLinear') && !ops.has('QuantizeLinear');
  return isWeightOnly
    ? `{ executionProviders: ['wasm'], extra: { session: { disable_quant_qdq: '1' } } }`
    : `{ executionProviders: ['wasm'] }`;
}
