import { describe, expect, it } from 'vitest';
import { headersFor, metaContentSecurityPolicy, parseHeaderRules, readHeaderRules } from './response-headers.mjs';

describe('response headers', () => {
  it('merges the rules that match, the later one winning', () => {
    const rules = parseHeaderRules('# note\n/*\n  A: 1\n  B: x: y\n\n/assets/*\n  A: 2\n/one\n  C: 3\n');
    expect(headersFor(rules, '/')).toEqual({ A: '1', B: 'x: y' });
    expect(headersFor(rules, '/assets/a.js')).toEqual({ A: '2', B: 'x: y' });
    expect(headersFor(rules, '/one')).toEqual({ A: '1', B: 'x: y', C: '3' });
  });

  it('refuses a line that it cannot read', () => {
    expect(() => parseHeaderRules('/*\n  nonsense')).toThrow('nonsense');
    expect(() => parseHeaderRules('  A: 1')).toThrow('A: 1');
  });

  it('allows nothing from elsewhere and no script in the page', () => {
    const policy = headersFor(readHeaderRules('public/_headers'), '/')['Content-Security-Policy'] ?? '';
    const directives = new Map(policy.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1)]));
    expect(directives.get('default-src')).toEqual(["'none'"]);
    expect(directives.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(directives.get('connect-src')).toEqual(["'self'"]);
    expect(directives.get('worker-src')).toEqual(["'self'"]);
    for (const name of ['base-uri', 'form-action', 'frame-ancestors']) expect(directives.get(name)).toEqual(["'none'"]);
    expect(policy).not.toMatch(/https?:|\*/);
  });

  it('omits fields from the meta tag that browsers refuse there', () => {
    const policy = metaContentSecurityPolicy(readHeaderRules('public/_headers'));
    expect(policy).not.toContain('frame-ancestors');
    expect(policy).toContain("default-src 'none'");
  });
});
