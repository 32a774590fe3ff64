import { describe, expect, it } from 'vitest';
import type { Device, ExecutionProvider } from '../../../engine/metrics/cell';
import { cellOf, deviceOf } from '../../testing/work-fixtures';
import { workspaceStore, type WorkspaceState } from './workspace-store';
import { selectWebnnProvider } from './selectors';

function deviceWith(...available: ExecutionProvider[]): Device {
  const providers = (['webnn-cpu', 'webnn-gpu', 'webnn-npu'] as const).map((ep) => ({
    ep,
    available: available.includes(ep),
    reason: 'As the test wants it.',
  }));
  return { ...deviceOf(), providers };
}

function choice(changes: Partial<WorkspaceState>): ExecutionProvider | null {
  return selectWebnnProvider({ ...workspaceStore.getInitialState(), ...changes });
}

const everywhere = deviceWith('webnn-cpu', 'webnn-gpu', 'webnn-npu');

describe('webnnProvider', () => {
  it('names, before anything is measured, the device type that most models run on', () => {
    expect(choice({ device: everywhere })).toBe('webnn-cpu');
    expect(choice({ device: deviceWith('webnn-gpu', 'webnn-npu') })).toBe('webnn-gpu');
  });

  it('names none before the device has answered, and on one without WebNN', () => {
    expect(choice({ device: null })).toBeNull();
    expect(choice({ device: deviceWith() })).toBeNull();
  });

  it('keeps the measured device type, for the original too', () => {
    const cells = { 'original|webnn-npu': cellOf('original', 'webnn-npu') } as const;
    expect(choice({ device: everywhere, cells })).toBe('webnn-npu');
    expect(choice({ device: null, cells })).toBe('webnn-npu');
  });

  it('takes the next device type after a failure, and shows the failure of the last one', () => {
    const failures = {
      'original|webnn-cpu': { variant: 'original', ep: 'webnn-cpu', message: 'It takes no such operator.' },
    } as const;
    expect(choice({ device: everywhere, failures })).toBe('webnn-gpu');
    expect(choice({ device: deviceWith('webnn-cpu'), failures })).toBe('webnn-cpu');
  });
});
