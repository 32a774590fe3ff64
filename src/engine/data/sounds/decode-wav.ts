import { ParetoError } from '../../errors';
import type { Sound } from '../dataset';
import { ownValue } from '../../own-value';

const formats = { pcm: 1, float: 3, extensible: 0xfffe } as const;

interface WavFormat {
  readonly format: number;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly bits: number;
}

/** Enough for any instrument, and a limit for the claims of a damaged header. */
const maximumChannels = 256;
const maximumRateHz = 1_000_000;

/**
 * Decodes a WAV: PCM of 8 (unsigned), 16, 24 and 32 bits and float of 32 and 64 bits, also as WAVE_FORMAT_EXTENSIBLE.
 * Integers are divided by 2^(bits − 1), so full scale is −1 to just under 1. Floats stay unchanged. Channels are mixed
 * to one by their mean, in float64, rounded once to float32. A data chunk that ends early, as recorders that stream
 * write it, counts as far as it goes. Throws `data/sound-…` in sentences that name no file.
 */
export function decodeWav(bytes: Uint8Array): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (textAt(bytes, 0) !== 'RIFF' || textAt(bytes, 8) !== 'WAVE') {
    throw new ParetoError('data/sound-unknown', 'This file is not a supported sound: WAV files are supported.');
  }
  let format: WavFormat | null = null;
  for (let offset = 12; offset + 8 <= bytes.length;) {
    const type = textAt(bytes, offset);
    const length = view.getUint32(offset + 4, true);
    const start = offset + 8;
    if (type === 'fmt ') format = readFormat(view, start, length);
    if (type === 'data') {
      if (format === null) throw damaged('its values begin before their format is known');
      return readSamples(view, format, start, Math.min(start + length, bytes.length));
    }
    // Chunks begin at even places.
    offset = start + length + (length % 2);
  }
  throw damaged('it ends before its values begin');
}

function readFormat(view: DataView, start: number, length: number): WavFormat {
  if (length < 16 || start + length > view.byteLength) throw damaged('its format is incomplete');
  const tag = view.getUint16(start, true);
  const isExtensible = tag === formats.extensible && length >= 40;
  const result: WavFormat = {
    // The format proper begins the identifier behind the 24 bytes of the ordinary fields.
    format: isExtensible ? view.getUint16(start + 24, true) : tag,
    channels: view.getUint16(start + 2, true),
    sampleRateHz: view.getUint32(start + 4, true),
    bits: view.getUint16(start + 14, true),
  };
  if (ownValue(readers, `${result.format}/${result.bits}`) === undefined) {
    throw new ParetoError(
      'data/sound-unsupported',
      `This WAV file cannot be read: it has format ${result.format} with ${result.bits} bits. Save it as 16-bit PCM.`,
    );
  }
  const { channels, sampleRateHz } = result;
  if (channels < 1 || channels > maximumChannels) throw damaged(`it states ${channels} channels`);
  if (sampleRateHz < 1 || sampleRateHz > maximumRateHz) throw damaged(`it states ${sampleRateHz} values per second`);
  return result;
}

type ReadValue = (view: DataView, offset: number) => number;

const readers: Readonly<Record<string, ReadValue | undefined>> = {
  [`${formats.pcm}/8`]: (view, offset) => (view.getUint8(offset) - 128) / 2 ** 7,
  [`${formats.pcm}/16`]: (view, offset) => view.getInt16(offset, true) / 2 ** 15,
  [`${formats.pcm}/24`]: (view, offset) =>
    (view.getUint16(offset, true) + view.getInt8(offset + 2) * 2 ** 16) / 2 ** 23,
  [`${formats.pcm}/32`]: (view, offset) => view.getInt32(offset, true) / 2 ** 31,
  [`${formats.float}/32`]: (view, offset) => view.getFloat32(offset, true),
  [`${formats.float}/64`]: (view, offset) => view.getFloat64(offset, true),
};

function readSamples(
  view: DataView,
  { format, bits, channels, sampleRateHz }: WavFormat,
  start: number,
  end: number,
): Sound {
  const read = ownValue(readers, `${format}/${bits}`)!;
  const valueBytes = bits / 8;
  const length = Math.floor((end - start) / (valueBytes * channels));
  const values = new Float32Array(length);
  let offset = start;
  for (let index = 0; index < length; index++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, offset += valueBytes) sum += read(view, offset);
    if (!Number.isFinite(sum)) throw damaged(`value ${index} is not a number`);
    values[index] = sum / channels;
  }
  return { sampleRateHz, values };
}

function textAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

function damaged(what: string): ParetoError {
  return new ParetoError('data/sound-damaged', `This WAV file is damaged: ${what}.`);
}
