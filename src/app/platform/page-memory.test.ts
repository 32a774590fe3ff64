import { expect, it } from 'vitest';
import { measurePageMemory } from './page-memory';

it('gives the bytes that the browser counts', async () => {
  expect(await measurePageMemory({ measureUserAgentSpecificMemory: async () => ({ bytes: 42 }) })).toBe(42);
});

it('has no figure where a browser refuses to count, or cannot', async () => {
  const refused = () => Promise.reject(new DOMException('Not available.', 'SecurityError'));
  expect(await measurePageMemory({ measureUserAgentSpecificMemory: refused })).toBeNull();
  expect(await measurePageMemory({})).toBeNull();
});
