/**
 * A whole report in the fragment of a link: `#r=1.<base64url of deflate-raw of JSON>`. The version stands outside the
 * compressed part, so that a later format can be recognized before anything is read. Nothing is sent to a server:
 * browsers keep the fragment to themselves.
 */
import { fromBase64Url, toBase64Url } from '../base64-url';
import { ParetoError } from '../errors';
import { futureVersionError, parseReport, reportVersion, type Report } from './report-schema';

const prefix = '#r=';
/** Longer links are cut by messengers and refused by some browsers (Chromium stops at 2 MiB). */
export const maximumLinkLength = 1_500_000;
/**
 * The largest size that a link may unpack to. A link of the maximum length could otherwise unpack to more than a
 * gigabyte.
 */
export const maximumReportBytes = 8_000_000;

/** The fragment for a report, with its `#`. Throws `report/too-large` when no link can carry it. */
export async function encodeReportFragment(report: Report): Promise<string> {
  const json = new TextEncoder().encode(JSON.stringify(report));
  const compressed = await pump(new CompressionStream('deflate-raw'), json, maximumReportBytes);
  const fragment = `${prefix}${reportVersion}.${toBase64Url(compressed)}`;
  if (json.length > maximumReportBytes || fragment.length > maximumLinkLength) {
    throw new ParetoError(
      'report/too-large',
      'This report is too large for a link. Export it as a file, or measure fewer variants.',
    );
  }
  return fragment;
}

/**
 * The report that a fragment carries. Throws `report/version` for one made by a later Pareto, `report/too-large` above the
 * caps, `report/invalid` for everything else that is not a report. Never unpacks more than `maximumReportBytes`.
 */
export async function decodeReportFragment(fragment: string): Promise<Report> {
  if (fragment.length > maximumLinkLength) {
    throw new ParetoError('report/too-large', 'This link is longer than any Pareto report link. It was not opened.');
  }
  const match = /^#r=(\d{1,6})\.([A-Za-z0-9_-]*)$/.exec(fragment);
  if (!match) throw damagedLink();
  const version = Number(match[1]);
  if (version > reportVersion) throw futureVersionError(version);
  if (version < 1) throw damagedLink();
  const compressed = fromBase64Url(match[2] ?? '');
  if (compressed === undefined) throw damagedLink();
  let json: Uint8Array;
  try {
    json = await pump(new DecompressionStream('deflate-raw'), compressed, maximumReportBytes);
  } catch (error) {
    throw error instanceof ParetoError ? error : damagedLink(error);
  }
  return parseReport(parseJson(json));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw damagedLink(error);
  }
}

function damagedLink(cause?: unknown): ParetoError {
  return new ParetoError(
    'report/invalid',
    'This report link is damaged, perhaps cut off when it was copied. Copy it again, or open the report as a file.',
    { cause },
  );
}

/** Sends `input` through a stream and collects what comes out; stops, and throws `report/too-large`, above `limit` bytes. */
async function pump(
  stream: CompressionStream | DecompressionStream,
  input: Uint8Array<ArrayBuffer>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // Errors of the writing side arrive at the reader too, which throws them.
  writer.write(input).catch(() => undefined);
  writer.close().catch(() => undefined);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      reader.cancel().catch(() => undefined);
      throw new ParetoError(
        'report/too-large',
        'This report is larger than any report that Pareto writes. It was not opened.',
      );
    }
    chunks.push(value);
  }
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}
