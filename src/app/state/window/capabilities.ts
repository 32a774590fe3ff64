/** The capabilities of the device, for the chips of the header and the start screen. */
import { formatCounted, formatList } from '../../../engine/format';
import type { Device, ProviderAvailability } from '../../../engine/metrics/cell';

export interface Capability {
  readonly id: 'wasm' | 'webgpu' | 'webnn';
  readonly name: string;
  /** The text after the name in a chip: threads, `f16`, the device types. Empty when it is off. */
  readonly detail: string;
  /** The same where there is room for words. */
  readonly longDetail: string;
  readonly available: boolean;
  /** True if the processor simulates the device: its times say nothing about a real one. */
  readonly inSoftware?: boolean;
  /** Sentences: what is there, or why not and how to get it. */
  readonly reasons: readonly string[];
}

function reasonsOf(providers: readonly ProviderAvailability[]): readonly string[] {
  return [...new Set(providers.map((provider) => provider.reason))];
}

function webnnOf(providers: readonly ProviderAvailability[]): Capability {
  const webnn = providers.filter((provider) => provider.ep.startsWith('webnn'));
  const available = webnn.filter((provider) => provider.available);
  const kinds = available.map((provider) => provider.ep.replace('webnn-', ''));
  return {
    id: 'webnn',
    name: 'WebNN',
    detail: kinds.join(' '),
    longDetail: formatList(kinds.map((kind) => kind.toUpperCase())),
    available: available.length > 0,
    // A device with WebNN on one kind of processor needs no reasons about the others.
    reasons: reasonsOf(available.length > 0 ? available : webnn),
  };
}

function webgpuDetail(webgpu: Device['webgpu']): string {
  if (webgpu === null) return '';
  if (webgpu.software) return 'software';
  return webgpu.f16 ? 'f16' : '';
}

export function capabilitiesOf(device: Device): readonly Capability[] {
  const of = (ep: string): readonly ProviderAvailability[] => device.providers.filter((provider) => provider.ep === ep);
  const isOn = (ep: string): boolean => of(ep).some((provider) => provider.available);
  return [
    {
      id: 'wasm',
      name: 'WASM',
      detail: String(device.threads),
      longDetail: formatCounted(device.threads, 'thread'),
      available: isOn('wasm'),
      reasons: reasonsOf(of('wasm')),
    },
    {
      id: 'webgpu',
      name: 'WebGPU',
      detail: isOn('webgpu') ? webgpuDetail(device.webgpu) : '',
      longDetail: isOn('webgpu') ? webgpuDetail(device.webgpu) : '',
      available: isOn('webgpu'),
      inSoftware: isOn('webgpu') && device.webgpu?.software === true,
      reasons: reasonsOf(of('webgpu')),
    },
    webnnOf(device.providers),
  ];
}
