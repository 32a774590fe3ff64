import type { ExecutionProvider } from '../../../engine/metrics/cell';
import type { GlossaryTerm } from '../../../engine/glossary';
import { Term } from './Term';

const terms: Readonly<Record<ExecutionProvider, GlossaryTerm>> = {
  wasm: 'WASM',
  compiled: 'Compiled WASM',
  webgpu: 'WebGPU',
  'webnn-cpu': 'WebNN CPU',
  'webnn-gpu': 'WebNN GPU',
  'webnn-npu': 'WebNN NPU',
  native: 'Native CPU',
};

export function ProviderTerm({ ep }: { readonly ep: ExecutionProvider }) {
  return <Term name={terms[ep]} />;
}
