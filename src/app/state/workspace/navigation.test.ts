import { describe, expect, it } from 'vitest';
import { jobStore } from '../jobs/job-store';
import { appStore } from '../window/app-store';
import { followHash, hashOfScreen, placeOfHash, reachablePlace } from './navigation';

describe('the address', () => {
  it('names a screen', () => {
    expect(placeOfHash('#studio')).toEqual({ screen: 'studio', reportLink: null });
    expect(placeOfHash('')).toEqual({ screen: 'start', reportLink: null });
    expect(placeOfHash('#nothing-of-ours')).toEqual({ screen: 'start', reportLink: null });
    expect(placeOfHash(hashOfScreen('benchmark')).screen).toBe('benchmark');
  });

  it('carries a report with any content', () => {
    expect(placeOfHash('#r=1.abc')).toEqual({ screen: 'report', reportLink: '1.abc' });
    expect(placeOfHash('#r=')).toEqual({ screen: 'report', reportLink: '' });
  });

  it('leaves canceled jobs of the screen before behind, but not failed ones', () => {
    const outcome = { kind: 'open', subject: 'net.onnx', message: '', screen: 'start' } as const;
    const outcomeAfterLeaving = (end: 'canceled' | 'failed') => {
      appStore.setState({ screen: 'start' });
      jobStore.setState({ outcome: { ...outcome, end } });
      followHash('');
      expect(jobStore.getState().outcome?.end).toBe(end);
      followHash('#r=1.abc');
      return jobStore.getState().outcome;
    };
    expect(outcomeAfterLeaving('failed')).not.toBeNull();
    expect(outcomeAfterLeaving('canceled')).toBeNull();
  });

  it('leads to the start while there is no model, except for the report of a link', () => {
    expect(reachablePlace({ screen: 'studio', reportLink: null }, false).screen).toBe('start');
    expect(reachablePlace({ screen: 'studio', reportLink: null }, true).screen).toBe('studio');
    expect(reachablePlace({ screen: 'report', reportLink: '1.abc' }, false).screen).toBe('report');
  });
});
