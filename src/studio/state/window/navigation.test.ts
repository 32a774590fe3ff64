import { describe, expect, it } from 'vitest';
import { hashOfScreen, placeOfHash, reachablePlace } from './navigation';

describe('the address', () => {
  it('names a screen', () => {
    expect(placeOfHash('#studio')).toEqual({ screen: 'studio', reportLink: null });
    expect(placeOfHash('')).toEqual({ screen: 'start', reportLink: null });
    expect(placeOfHash('#nothing-of-ours')).toEqual({ screen: 'start', reportLink: null });
    expect(placeOfHash(hashOfScreen('benchmark')).screen).toBe('benchmark');
  });

  it('carries a report, whatever is in it', () => {
    expect(placeOfHash('#r=1.abc')).toEqual({ screen: 'report', reportLink: '1.abc' });
    expect(placeOfHash('#r=')).toEqual({ screen: 'report', reportLink: '' });
  });

  it('leads to the start while there is no model, except for the report of a link', () => {
    expect(reachablePlace({ screen: 'studio', reportLink: null }, false).screen).toBe('start');
    expect(reachablePlace({ screen: 'studio', reportLink: null }, true).screen).toBe('studio');
    expect(reachablePlace({ screen: 'report', reportLink: '1.abc' }, false).screen).toBe('report');
  });
});
