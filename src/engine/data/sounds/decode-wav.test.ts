import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mutate, mutations } from '../../onnx/testing/mutate';
import { answerOf } from '../testing/memory-files';
import { decodeWav } from './decode-wav';

interface WavOptions {
  readonly format?: number;
  readonly bits?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly isExtensible?: boolean;
  /** Chunks before the data, and what the data chunk claims to hold. */
  readonly before?: readonly (readonly [string, Uint8Array])[];
  readonly claimedBytes?: number;
}

function chunk(type: string, data: Uint8Array, claimedBytes = data.length): number[] {
  const length = new Uint8Array(Uint32Array.of(claimedBytes).buffer);
  return [...new TextEncoder().encode(type), ...length, ...data, ...(data.length % 2 === 1 ? [0] : [])];
}

function wav(data: Uint8Array, options: WavOptions = {}): Uint8Array {
  const { format = 1, bits = 16, channels = 1, rate = 8000, isExtensible = false, before = [], claimedBytes } = options;
  const header = new DataView(new ArrayBuffer(isExtensible ? 40 : 16));
  header.setUint16(0, isExtensible ? 0xfffe : format, true);
  header.setUint16(2, channels, true);
  header.setUint32(4, rate, true);
  header.setUint16(14, bits, true);
  if (isExtensible) header.setUint16(24, format, true);
  const body = [
    ...new TextEncoder().encode('WAVE'),
    ...chunk('fmt ', new Uint8Array(header.buffer)),
    ...before.flatMap(([type, content]) => chunk(type, content)),
    ...chunk('data', data, claimedBytes),
  ];
  return Uint8Array.from(chunk('RIFF', Uint8Array.from(body)));
}

const bytesOf = ({ buffer }: ArrayBufferView) => new Uint8Array(buffer as ArrayBuffer);
const int16 = bytesOf(Int16Array.of(0, 16_384, -32_768, 32_767));

describe('decodeWav', () => {
  it.each<[string, Uint8Array, WavOptions, readonly number[]]>([
    ['8 bits, unsigned', Uint8Array.of(128, 0, 255, 192), { bits: 8 }, [0, -1, 127 / 128, 0.5]],
    ['16 bits', int16, {}, [0, 0.5, -1, 32_767 / 32_768]],
    [
      '24 bits',
      Uint8Array.of(0, 0, 0x80, 0xff, 0xff, 0x7f, 1, 0, 0),
      { bits: 24 },
      [-1, 8_388_607 / 8_388_608, 1 / 8_388_608],
    ],
    ['32 bits', bytesOf(Int32Array.of(-(2 ** 31), 2 ** 30)), { bits: 32 }, [-1, 0.5]],
    ['float', bytesOf(Float32Array.of(0.25, -1.5)), { format: 3, bits: 32 }, [0.25, -1.5]],
    ['float of 64 bits', bytesOf(Float64Array.of(0.1, -2)), { format: 3, bits: 64 }, [Math.fround(0.1), -2]],
    ['extensible', int16, { isExtensible: true }, [0, 0.5, -1, 32_767 / 32_768]],
    ['two channels, mixed', int16, { channels: 2 }, [0.25, Math.fround(-0.5 / 32_768)]],
    ['three channels, the last value cut off', int16, { channels: 3 }, [Math.fround(-0.5 / 3)]],
  ])('%s', (_name, data, options, expected) => {
    expect(decodeWav(wav(data, options))).toEqual({ sampleRateHz: 8000, values: Float32Array.from(expected) });
  });

  it('skips other chunks, also of odd length, and reads the data that a truncated file holds', () => {
    const before = [['LIST', Uint8Array.of(1, 2, 3)]] as const;
    expect(decodeWav(wav(int16, { before })).values).toHaveLength(4);
    expect(decodeWav(wav(int16, { claimedBytes: 0xffffffff })).values).toHaveLength(4);
    expect(decodeWav(wav(new Uint8Array(0), { rate: 44_100 }))).toEqual({
      sampleRateHz: 44_100,
      values: new Float32Array(0),
    });
  });

  it('refuses with a sentence', async () => {
    const answer = (bytes: Uint8Array) => answerOf(async () => decodeWav(bytes));
    expect(await answer(new TextEncoder().encode('OggS and so on'))).toContain('not a supported sound');
    expect(await answer(wav(int16, { format: 85 }))).toContain('has format 85 with 16 bits');
    expect(await answer(wav(int16, { bits: 12 }))).toContain('has format 1 with 12 bits');
    expect(await answer(wav(int16, { channels: 0 }))).toContain('0 channels');
    expect(await answer(wav(int16, { rate: 0 }))).toContain('0 values per second');
    expect(await answer(wav(bytesOf(Float32Array.of(1, Number.NaN)), { format: 3, bits: 32 }))).toContain(
      'value 1 is not a number',
    );
    expect(await answer(wav(int16).subarray(0, 40))).toContain('ends before its values begin');
  });

  it('answers damage with a sound or a sentence', async () => {
    const good = wav(
      Uint8Array.from({ length: 300 }, (_, index) => index * 7),
      { channels: 2, isExtensible: true },
    );
    await fc.assert(
      fc.asyncProperty(mutations, fc.boolean(), async (changes, onlyHeader) => {
        await answerOf(async () => {
          const { values, sampleRateHz } = decodeWav(mutate(good, changes, onlyHeader ? 68 : good.length));
          expect(values.every(Number.isFinite)).toBe(true);
          expect(sampleRateHz).toBeGreaterThan(0);
        });
      }),
      { numRuns: 500 },
    );
  });
});
