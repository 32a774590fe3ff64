/** The link of a report as a QR code, which opens the report on a phone. Loaded when it is asked for. */
import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatCount } from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import { shortReport } from '../../../../engine/report/short-report';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { linkOfReport } from '../../../state/report/workspace-report';
import { Dialog } from '../../components/Dialog';
import classes from './report.module.css';
import { encode } from 'uqr';

/**
 * A QR code as a drawing. Pure.
 * Bytes that the largest QR code holds with the least error correction (ISO/IEC 18004, version 40-L).
 */
export const mostQrBytes = 2953;
/** Light modules around the code that readers need (ISO/IEC 18004). */
const quietModules = 4;

interface QrDrawing {
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

interface QrCodeDialogProps {
  readonly report: Report;
  readonly onClose: () => void;
}

const title = 'QR code of the report';

export default function QrCodeDialog({ report, onClose }: QrCodeDialogProps) {
  const { code, sentence } = useQrCode(report);
  return (
    <Dialog title={title} size="lg" onClose={onClose}>
      {code === null ? null : <QrCode code={code} />}
      <Text role="status">{sentence}</Text>
    </Dialog>
  );
}

/** Black on white in every theme, because readers expect dark modules on a light ground. */
function QrCode({ code: { size, path } }: { readonly code: QrDrawing }) {
  return (
    <svg
      className={classes.qr}
      role="img"
      aria-label="QR code of the report link"
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="white" />
      <path d={path} fill="black" />
    </svg>
  );
}

interface MadeCode {
  readonly code: QrDrawing | null;
  /** The reason why there is no code, or what it leaves out. */
  readonly sentence: string;
}

function useQrCode(report: Report): MadeCode {
  const [made, setMade] = useState<MadeCode>({ code: null, sentence: '' });
  useEffect(() => {
    let isCurrent = true;
    const show = (next: MadeCode): void => {
      if (isCurrent) setMade(next);
    };
    makeCode(report).then(show, (error: unknown) => show({ code: null, sentence: sentenceOf(error) }));
    return () => {
      isCurrent = false;
    };
  }, [report]);
  return made;
}

/** A report that does not fit is shortened. */
async function makeCode(report: Report): Promise<MadeCode> {
  const whole = drawQrCode(await linkOfReport(report));
  if (whole !== null) return { code: whole, sentence: '' };
  const short = shortReport(report);
  const link = await linkOfReport(short);
  const code = drawQrCode(link);
  const sentence =
    code === null
      ? `The link has ${formatCount(link.length)} characters, but a QR code holds ${formatCount(mostQrBytes)}. Copy the link instead.`
      : (short.notes?.at(-1) ?? '');
  return { code, sentence };
}
