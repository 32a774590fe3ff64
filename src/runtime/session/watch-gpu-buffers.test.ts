import { expect, it } from 'vitest';
import { watchGpuBuffers } from './watch-gpu-buffers';

it('sums the buffers that exist at once, and counts a buffer that is destroyed twice only once', () => {
  class GPUBuffer {
    destroy(): void {}
  }
  class GPUDevice {
    createBuffer({ size }: { readonly size: number }): GPUBuffer {
      return Object.assign(new GPUBuffer(), { size });
    }
  }
  const mostBytes = watchGpuBuffers({ GPUDevice, GPUBuffer });
  const device = new GPUDevice();
  const first = device.createBuffer({ size: 100 });
  device.createBuffer({ size: 20 });
  first.destroy();
  first.destroy();
  device.createBuffer({ size: 50 });
  expect(mostBytes()).toBe(120);
  device.createBuffer({ size: 60 });
  expect(mostBytes()).toBe(130);
});

it('has no figure without WebGPU', () => {
  expect(watchGpuBuffers({})()).toBeNull();
});
