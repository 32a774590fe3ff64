/**
 * Conversions between float32 and the two 16-bit floats of ONNX, exact and with ties to even.
 * IEEE 754 binary16 has 5 exponent and 10 mantissa bits; bfloat16 is the upper half of a float32.
 */

/** float16 bits → float32. Every float16 value has an exact float32 value; NaN payloads are kept. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  const output = new Float32Array(bits.length);
  const words = new Uint32Array(output.buffer);
  for (let index = 0; index < bits.length; index++) {
    const half = bits[index]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    const mantissa = half & 0x3ff;
    if (exponent === 0) {
      // Subnormal (or zero): mantissa × 2⁻²⁴ is exact in float32.
      output[index] = mantissa * 5.9604644775390625e-8;
      words[index] = words[index]! | sign;
    } else if (exponent === 0x1f) {
      words[index] = sign | 0x7f800000 | (mantissa << 13);
    } else {
      words[index] = sign | ((exponent + 112) << 23) | (mantissa << 13);
    }
  }
  return output;
}

/** float32 → float16 bits, to the nearest with ties to even; beyond 65504 (by half a step) becomes infinity; NaN stays NaN. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const output = new Uint16Array(values.length);
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    let half: number;
    if (magnitude > 0x7f800000) {
      // Keep the top of the payload and make sure that it stays a NaN.
      half = 0x7c00 | 0x200 | ((magnitude >>> 13) & 0x3ff);
    } else if (magnitude >= 0x477ff000) {
      half = 0x7c00;
    } else if (magnitude >= 0x38800000) {
      // Normal: rebias the exponent by 127 − 15 and round off 13 bits. A carry into the exponent is already right.
      half = (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
    } else if (magnitude > 0x33000000) {
      // Subnormal: shift the mantissa with its hidden bit to units of 2⁻²⁴.
      const shift = 126 - (magnitude >>> 23);
      const mantissa = (magnitude & 0x7fffff) | 0x800000;
      const kept = mantissa >>> shift;
      const rest = mantissa & ((1 << shift) - 1);
      const tie = 1 << (shift - 1);
      half = kept + (rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0);
    } else {
      half = 0;
    }
    output[index] = sign | half;
  }
  return output;
}

/** float32 → bfloat16 bits, to the nearest with ties to even; NaN stays NaN. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word) =>
    (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16,
  );
}

/** bfloat16 bits → float32, exact. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) words[index] = bits[index]! << 16;
  return new Float32Array(words.buffer);
}
