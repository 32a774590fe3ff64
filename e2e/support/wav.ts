/** Sounds as files, written independently of the application. */
export type WavFormat = 'pcm8' | 'pcm16' | 'pcm24' | 'pcm32' | 'float32';

const widths: Readonly<Record<WavFormat, number>> = { pcm8: 1, pcm16: 2, pcm24: 3, pcm32: 4, float32: 4 };

/** One channel of values from −1 to 1. */
export function encodeWav(values: Float32Array, rateHz: number, format: WavFormat): Uint8Array {
  const width = widths[format];
  const file = Buffer.alloc(44 + values.length * width);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(format === 'float32' ? 3 : 1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rateHz, 24);
  file.writeUInt32LE(rateHz * width, 28);
  file.writeUInt16LE(width, 32);
  file.writeUInt16LE(width * 8, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(values.length * width, 40);
  for (const [index, value] of values.entries()) {
    const at = 44 + index * width;
    if (format === 'float32') file.writeFloatLE(value, at);
    else if (format === 'pcm8') file.writeUInt8(Math.round(value * 127) + 128, at);
    else file.writeIntLE(Math.round(value * (2 ** (8 * width - 1) - 1)), at, width);
  }
  return file;
}

/** A buzz of 120 Hz with the overtones of a voice, four times a second louder. */
export function buzzOf(seconds: number, rateHz: number): Float32Array {
  return Float32Array.from({ length: seconds * rateHz }, (_, index) => {
    const time = index / rateHz;
    let value = 0;
    for (let tone = 1; tone <= 12; tone++) value += Math.sin(2 * Math.PI * 120 * tone * time) / (tone + 4);
    return value * 0.2 * (1 + Math.sin(8 * Math.PI * time));
  });
}
