/**
 * Reads measurements of `measure-server` from a document or a bundle. It is for workers only, because a zip is read on
 * demand.
 */
import type { DataFile, ReadContext } from '../../engine/data/dataset';
import { isZip, openZip } from '../../engine/data/readers/archives/zip';
import { parseMeasurement } from '../../engine/deploy/measurements';
import { ParetoError } from '../../engine/errors';
import { formatBytes } from '../../engine/format';
import type { ServerMeasurement } from '../../engine/serving/server-measurement';

/** The documents of `measure-server` are far smaller. */
const mostBytes = 16 * 2 ** 20;
const measurementPath = /(^|\/)evidence\/server(-\d+)?\.json$/;

/**
 * The measurements of servers in these files: JSON documents, and zips of bundles with such documents. Throws `report/invalid` for a
 * damaged document, `data/zip-…` for a damaged zip, and `serving/no-measurement` if there is none.
 */
export async function readServerMeasurements(
  files: readonly DataFile[],
  context: ReadContext,
): Promise<readonly ServerMeasurement[]> {
  const found: ServerMeasurement[] = [];
  for (const file of files) {
    await context.checkpoint();
    const documents = isZip(file.source)
      ? (await openZip(file, context)).filter(({ path }) => measurementPath.test(path))
      : [file];
    for (const document of documents) found.push(readMeasurement(document));
  }
  if (found.length > 0) return found;
  throw new ParetoError(
    'serving/no-measurement',
    `${files[0]?.path ?? 'The file'} has no measurement of a server. Run measure-server --json, and open its document or a bundle that was made with it.`,
  );
}

function readMeasurement({ path, source }: DataFile): ServerMeasurement {
  if (source.sizeBytes > mostBytes) {
    throw new ParetoError(
      'serving/no-measurement',
      `${path} is ${formatBytes(source.sizeBytes)}. A measurement of a server has at most ${formatBytes(mostBytes)}.`,
    );
  }
  const measured = parseMeasurement(parseJson(source.read(0, source.sizeBytes)), path);
  if (measured.kind === 'server measurement') return measured.document;
  throw new ParetoError('serving/no-measurement', `${path} is a ${measured.kind}, not a measurement of a server.`);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
