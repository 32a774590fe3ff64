import { expect, it } from 'vitest';
import { measurePageMemory } from './page-memory';

const refused = () => Promise.reject(new DOMException('Not available.', 'SecurityError'));
const memory = { usedJSHeapSize: 7 };

it('gives the bytes that the browser counts', async () => {
  const measureUserAgentSpecificMemory = async () => ({ bytes: 42 });
  expect(await measurePageMemory({ measureUserAgentSpecificMemory, memory })).toEqual({ bytes: 42, of: 'page' });
});

it('returns the script heap, marked as such, if a browser refuses the full measurement', async () => {
  expect(await measurePageMemory({ measureUserAgentSpecificMemory: refused, memory })).toEqual({
    bytes: 7,
    of: 'scripts',
  });
});

it('returns null if a browser refuses or lacks the measurement', async () => {
  expect(await measurePageMemory({ measureUserAgentSpecificMemory: refused })).toBeNull();
  expect(await measurePageMemory({})).toBeNull();
});
