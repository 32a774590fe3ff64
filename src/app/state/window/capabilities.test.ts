import { describe, expect, it } from 'vitest';
import { deviceOf } from '../../testing/work-fixtures';
import { capabilitiesOf } from './capabilities';

describe('abilities of the device', () => {
  it('is told in three chips, each with its reasons', () => {
    const [wasm, webgpu, webnn] = capabilitiesOf(deviceOf());
    expect(wasm).toMatchObject({ name: 'WASM', detail: '4', longDetail: '4 threads', available: true });
    expect(webgpu).toMatchObject({ detail: 'software', available: true });
    expect(webnn).toMatchObject({ detail: 'cpu', available: true });
    expect(webnn?.reasons).toHaveLength(1);
  });

  it('says why something is off', () => {
    const device = deviceOf();
    const providers = device.providers.map((provider) =>
      provider.ep === 'webgpu' ? { ...provider, available: false, reason: 'No adapter. Update the driver.' } : provider,
    );
    const webgpu = capabilitiesOf({ ...device, webgpu: null, providers })[1];
    expect(webgpu).toMatchObject({ available: false, detail: '', reasons: ['No adapter. Update the driver.'] });
  });
});
