/** Between float32 and integers of 8 bits. Strides are in bytes. */
import { codesOf, lowerFloats, putCodes, Signed, Unsigned, upperFloats, zeroBits } from './codes';
import { storeLanes } from './vectors';

/** round(x ÷ scale) + zero within bounds; halves go to the even neighbor. */
// prettier-ignore
export function quantize(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, scale: f32, zero: f32, low: f32, high: f32): void {
  const scales = f32x4.splat(scale);
  const zeros = zeroBits(zero), lows = f32x4.splat(low - zero), highs = f32x4.splat(high - zero);
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c += 8) {
      const from = a + (<usize>c << 2);
      putCodes(f32x4.div(v128.load(from), scales), f32x4.div(v128.load(from, 16), scales), lows, highs, zeros, o + c, n - c);
    }
  }
}

/** Codes of 0 to 255 of `n` numbers and 0, with the scale and the zero point that they ask for. */
export function quantizeDynamic(a: usize, n: i32, o: usize, scaleTo: usize, zeroTo: usize): void {
  let lows = f32x4.splat(0),
    highs = lows;
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const x = v128.load(a + ((<usize>i) << 2));
    lows = f32x4.pmin(lows, x);
    highs = f32x4.pmax(highs, x);
  }
  let low: f32 = min(
    min(f32x4.extract_lane(lows, 0), f32x4.extract_lane(lows, 1)),
    min(f32x4.extract_lane(lows, 2), f32x4.extract_lane(lows, 3)),
  );
  let high: f32 = max(
    max(f32x4.extract_lane(highs, 0), f32x4.extract_lane(highs, 1)),
    max(f32x4.extract_lane(highs, 2), f32x4.extract_lane(highs, 3)),
  );
  for (; i < n; i++) {
    low = min(low, load<f32>(a + ((<usize>i) << 2)));
    high = max(high, load<f32>(a + ((<usize>i) << 2)));
  }
  const scale: f32 = low === high ? 1 : (high - low) / 255;
  const zero: f32 = max<f32>(0, min<f32>(255, f32x4.extract_lane(f32x4.nearest(f32x4.splat(-low / scale)), 0)));
  store<f32>(scaleTo, scale);
  store<u8>(zeroTo, <u8>i32(zero));
  quantize(a, 0, o, 0, 1, n, scale, zero, 0, 255);
}

// prettier-ignore
function dequantizeOf<Type>(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, scale: f32, zero: f32): void {
  const scales = f32x4.splat(scale);
  const zeros = i16x8.splat(<i16>zero);
  for (; rows > 0; rows--, a += ay, o += oy) {
    for (let c = 0; c < n; c += 8) {
      const codes = i16x8.sub(codesOf<Type>(a + c), zeros);
      const to = o + (<usize>c << 2);
      storeLanes(to, f32x4.mul(lowerFloats(codes), scales), n - c);
      if (n - c > 4) storeLanes(to + 16, f32x4.mul(upperFloats(codes), scales), n - c - 4);
    }
  }
}

/** (code - zero) × scale; the codes are unsigned if `isUnsigned` is not 0. */
// prettier-ignore
export function dequantize(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, scale: f32, zero: f32, isUnsigned: i32): void {
  if (isUnsigned) dequantizeOf<Unsigned>(a, ay, o, oy, rows, n, scale, zero);
  else dequantizeOf<Signed>(a, ay, o, oy, rows, n, scale, zero);
}

/** Eight codes from `from` on, or one code eight times, less the zero point. */
function codesAt<Type>(from: usize, step: i32, zeros: v128): v128 {
  return i16x8.sub(
    step
      ? codesOf<Type>(from)
      : i16x8.splat(idof<Type>() === idof<Signed>() ? <i16>load<i8>(from) : <i16>load<u8>(from)),
    zeros,
  );
}

// prettier-ignore
function addOf<Type>(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, scaleA: f32, zeroA: f32, scaleB: f32, zeroB: f32, scale: f32, zero: f32, low: f32, high: f32): void {
  const zeros = zeroBits(zero), lows = f32x4.splat(low - zero), highs = f32x4.splat(high - zero);
  const zerosA = i16x8.splat(<i16>zeroA), zerosB = i16x8.splat(<i16>zeroB);
  const scalesA = f32x4.splat(scaleA), scalesB = f32x4.splat(scaleB), scales = f32x4.splat(scale);
  for (; rows > 0; rows--, a += ay, b += by, o += oy) {
    for (let c = 0; c < n; c += 8) {
      const u = codesAt<Type>(as ? a + c : a, as, zerosA);
      const v = codesAt<Type>(bs ? b + c : b, bs, zerosB);
      const x0 = f32x4.add(f32x4.mul(lowerFloats(u), scalesA), f32x4.mul(lowerFloats(v), scalesB));
      const x1 = f32x4.add(f32x4.mul(upperFloats(u), scalesA), f32x4.mul(upperFloats(v), scalesB));
      putCodes(f32x4.div(x0, scales), f32x4.div(x1, scales), lows, highs, zeros, o + c, n - c);
    }
  }
}

/** Codes of the sum of two values of codes: each is dequantized, and the sum is quantized. */
// prettier-ignore
export function add8(a: usize, ay: usize, as: i32, b: usize, by: usize, bs: i32, o: usize, oy: usize, rows: i32, n: i32, scaleA: f32, zeroA: f32, scaleB: f32, zeroB: f32, scale: f32, zero: f32, low: f32, high: f32, isUnsigned: i32): void {
  if (isUnsigned) addOf<Unsigned>(a, ay, as, b, by, bs, o, oy, rows, n, scaleA, zeroA, scaleB, zeroB, scale, zero, low, high);
  else addOf<Signed>(a, ay, as, b, by, bs, o, oy, rows, n, scaleA, zeroA, scaleB, zeroB, scale, zero, low, high);
}

/** Replaces each code by that at its place in a table of 256 bytes. */
export function lookup(a: usize, ay: usize, o: usize, oy: usize, rows: i32, n: i32, table: usize): void {
  for (; rows > 0; rows--, a += ay, o += oy) {
    let c: usize = 0;
    for (const whole = <usize>(n & ~3); c < whole; c += 4) {
      const four = load<u32>(a + c);
      const low = (<u32>load<u8>(table + (four & 255))) | ((<u32>load<u8>(table + ((four >> 8) & 255))) << 8);
      const high = (<u32>load<u8>(table + ((four >> 16) & 255))) | ((<u32>load<u8>(table + (four >> 24))) << 8);
      store<u32>(o + c, low | (high << 16));
    }
    for (; c < <usize>n; c++) store<u8>(o + c, load<u8>(table + <usize>load<u8>(a + c)));
  }
}
