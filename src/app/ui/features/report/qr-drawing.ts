/** A QR code as a drawing. Pure. */
import { encode } from 'uqr';

/** Bytes that the largest QR code holds with the least error correction (ISO/IEC 18004, version 40-L). */
export const mostQrBytes = 2953;
/** Light modules around the code that readers need (ISO/IEC 18004). */
const quietModules = 4;

export interface QrDrawing {
  /** Modules of a side, with the light ones around the code. */
  readonly size: number;
  /** The dark modules as the path of an SVG, one unit for each module. */
  readonly path: string;
}

/** Returns `null` for a text that no QR code holds. */
export function drawQrCode(text: string): QrDrawing | null {
  if (new TextEncoder().encode(text).length > mostQrBytes) return null;
  const { data, size } = encode(text, { ecc: 'L', boostEcc: true, border: quietModules });
  return { size, path: data.map(pathOfRow).join('') };
}

/** A rectangle for each run of dark modules: single modules would show gaps between them. */
function pathOfRow(modules: readonly boolean[], y: number): string {
  let path = '';
  for (let x = 0; x < modules.length; x++) {
    if (modules[x] !== true) continue;
    const start = x;
    while (modules[x + 1] === true) x++;
    path += `M${start} ${y}h${x - start + 1}v1H${start}z`;
  }
  return path;
}
