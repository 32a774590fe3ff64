import { afterEach, describe, expect, it } from 'vitest';
import { deviceOf } from '../../testing/work-fixtures';
import { recordDevice, setThreads } from './measurement-actions';
import { workspaceStore } from './workspace-store';

const device = { ...deviceOf(), cores: 8, crossOriginIsolated: true };

describe('recordDevice', () => {
  afterEach(() => workspaceStore.setState({ device: null, threads: null }));

  it('keeps the threads that were chosen on an earlier visit', () => {
    setThreads(6);
    recordDevice(device);
    expect(workspaceStore.getState()).toMatchObject({ device, threads: 6 });
  });

  it('takes threads back if the device has fewer', () => {
    setThreads(6);
    recordDevice({ ...device, cores: 4 });
    expect(workspaceStore.getState().threads).toBeNull();
    setThreads(2);
    recordDevice({ ...device, crossOriginIsolated: false });
    expect(workspaceStore.getState().threads).toBeNull();
  });
});
