import { expect, it } from 'vitest';
import { measurePageMemory } from './page-memory';

const refused = () => Promise.reject(new DOMException('Not available.', 'SecurityError'));
const memory = { usedJSHeapSize: 7 };

it('gives the bytes that the browser counts', async () => {
  const measureUserAgentSpecificMemory = async () => ({ bytes: 42 });
  expect(await measurePageMemory({ measureUserAgentSpecificMemory, memory })).toEqual({ bytes: 42, of: 'page' });
});

it('gives the heap of scripts where a browser refuses to count the rest, and says so', async () => {
  expect(await measurePageMemory({ measureUserAgentSpecificMemory: refused, memory })).toEqual({
    bytes: 7,
    of: 'scripts',
  });
});

it('has no figure where a browser refuses to count, or cannot', async () => {
  expect(await measurePageMemory({ measureUserAgentSpecificMemory: refused })).toBeNull();
  expect(await measurePageMemory({})).toBeNull();
});
