/** Looks up in measurements whether WebGPU has a kernel for a node. */
import { dataTypeName, type DataTypeCode } from '../../data-type';
import { isDefaultDomain, MICROSOFT_DOMAIN } from '../../traverse';
import { microsoftWebgpuKernels, webgpuKernels } from './webgpu-kernels';

export type KernelSupport = 'runs' | 'leaves' | 'not measured';

export interface KernelRequest {
  readonly domain: string | undefined;
  readonly opType: string;
  /** Version of the operator set of that domain. */
  readonly opset: number;
  readonly inputTypes: readonly (DataTypeCode | undefined)[];
  /** The type that a Cast produces. */
  readonly castTo?: DataTypeCode;
}

/**
 * Looks up the kernel in the measurements. Between two measured opsets an operator runs if it ran in both. Below the
 * lowest one, it runs if it ran in that one. If two neighbors differ, above the highest, and for a type that was not
 * tried, the result is `not measured`.
 */
export function webgpuSupport(request: KernelRequest): KernelSupport {
  const rows = rowsOf(request.domain, request.opType)?.get(typeKey(request));
  if (rows === undefined) return 'not measured';
  const below = rows.findLast(({ opset }) => opset <= request.opset);
  const above = rows.find(({ opset }) => opset >= request.opset);
  // A domain of its own has one version.
  if (above === undefined) return isDefaultDomain(request.domain) ? 'not measured' : below!.support;
  return below === undefined || below.support === above.support ? above.support : 'not measured';
}

interface Row {
  readonly opset: number;
  readonly support: KernelSupport;
}

const parsed = new Map<string, ReadonlyMap<string, readonly Row[]>>();

function rowsOf(domain: string | undefined, opType: string): ReadonlyMap<string, readonly Row[]> | undefined {
  const table = isDefaultDomain(domain)
    ? webgpuKernels
    : domain === MICROSOFT_DOMAIN
      ? microsoftWebgpuKernels
      : undefined;
  if (table === undefined || !Object.hasOwn(table, opType)) return undefined;
  const key = `${isDefaultDomain(domain) ? '' : domain}::${opType}`;
  const known = parsed.get(key) ?? parseRows(table[opType]!);
  parsed.set(key, known);
  return known;
}

/** `float32 13+ 22-; int32 13-` */
function parseRows(text: string): Map<string, readonly Row[]> {
  const byType = new Map<string, readonly Row[]>();
  for (const part of text.split('; ')) {
    const [type = '', ...marks] = part.split(' ');
    byType.set(
      type,
      marks.map((mark) => ({ opset: parseInt(mark, 10), support: mark.endsWith('+') ? 'runs' : 'leaves' })),
    );
  }
  return byType;
}

/** Returns the name of a request in the tables. */
export function typeKey({ domain, opType, inputTypes, castTo }: KernelRequest): string {
  const type = (input: number): string => dataTypeName(inputTypes[input] ?? 0);
  if (!isDefaultDomain(domain)) return type(0);
  if (opType === 'Where') return type(1);
  if (opType === 'Pow') return `${type(0)}^${type(1)}`;
  return opType === 'Cast' ? `${type(0)}>${dataTypeName(castTo ?? 0)}` : type(0);
}
