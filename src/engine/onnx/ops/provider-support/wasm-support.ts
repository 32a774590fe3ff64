/** Looks up in measurements whether onnxruntime-web opens a model with a node. */
import { isDefaultDomain } from '../../traverse';
import { wasmRefusals } from './wasm-refusals';
import { typeKey, type KernelRequest } from './webgpu-support';

/** True for a node that the CPU is known to have no kernel for: the model is not opened then. */
export function isRefusedByWasm(request: KernelRequest): boolean {
  const { domain, opType, opset } = request;
  if (!isDefaultDomain(domain) || !Object.hasOwn(wasmRefusals, opType)) return false;
  const type = typeKey(request);
  return wasmRefusals[opType]!.split('; ').some((row) => {
    const [since, ...types] = row.split(' ');
    return opset >= Number(since) && types.includes(type);
  });
}
