import { describe, expect, it } from 'vitest';
import { answerOf, memoryFile } from '../testing/memory-files';
import { readSamples, valuesOf } from '../testing/read-samples';
import { openSafetensors } from './safetensors';

function file(header: unknown, dataBytes = 64, claimedBytes?: number) {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimedBytes ?? text.length), true);
  bytes.set(text, 8);
  bytes.fill(1, 8 + text.length);
  return memoryFile('t.safetensors', bytes);
}

const tensor = (dtype: string, shape: readonly unknown[], start: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [start, end],
});
const open = (header: unknown, dataBytes?: number, claimed?: number) =>
  openSafetensors([file(header, dataBytes, claimed)], 't');
const refusal = (...given: Parameters<typeof open>) => answerOf(async () => open(...given));

describe('openSafetensors', () => {
  it('makes fields of tensors with equally many rows and tells of the others', async () => {
    const dataset = open({
      __metadata__: { format: 'pt' },
      x: tensor('U8', [4, 2], 0, 8),
      y: tensor('U8', [4], 8, 12),
      step: tensor('U8', [], 12, 13),
      other: tensor('U8', [3], 13, 16),
      tiny: tensor('F8_E4M3', [4], 16, 20),
    });
    expect(dataset.description.fields.map(({ name }) => name)).toEqual(['x', 'y']);
    const notes = dataset.description.notes.join(' ');
    expect(notes).toMatch(/"other".*3 rows/);
    expect(notes).toMatch(/"step".*single value/);
    expect(notes).toMatch(/"tiny".*F8_E4M3/);
    expect(valuesOf(await readSamples(dataset, ['x'], [3]), 'x')).toEqual([[1, 1]]);
  });

  it('refuses headers that are not true', async () => {
    expect(await refusal('not json')).toMatch(/"t.safetensors" is damaged: its header is not JSON/);
    expect(await refusal([1])).toMatch(/does not list tensors/);
    expect(await refusal({}, 0, 1000)).toMatch(/ends within its header/);
    expect(await refusal({}, 0, 2 ** 40)).toMatch(/header of 1099511627776 bytes/);
    expect(await refusal({})).toMatch(/no samples/);
    for (const wrong of [
      tensor('F32', [4], 0, 8),
      tensor('F32', [4], 60, 76),
      tensor('F32', [-1], 0, 4),
      tensor('F32', [1e300], 0, 4),
      tensor('F32', [1.5], 0, 6),
      tensor('F32', [2, 2], 16, 0),
      { dtype: 'F32', shape: [1] },
      null,
    ]) {
      expect(await refusal({ x: wrong })).toMatch(/"x" in "t.safetensors" is damaged/);
    }
  });
});
