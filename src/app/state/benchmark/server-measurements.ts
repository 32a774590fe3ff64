/**
 * Measurements that `measure-server` made of servers elsewhere. They are evidence about the bytes that the servers ran,
 * and last as long as the page.
 */
import type { ServerMeasurement } from '../../../engine/serving/server-measurement';

/** The latest measurement by the SHA-256 of the model that ran. */
const known = new Map<string, ServerMeasurement>();

export function keepServerMeasurements(documents: readonly ServerMeasurement[]): void {
  for (const document of documents) known.set(document.sha256, document);
}

/** `undefined`: nothing was opened of a server of these bytes. */
export function serverMeasurementOf(sha256: string | undefined): ServerMeasurement | undefined {
  return sha256 === undefined ? undefined : known.get(sha256);
}

export function forgetServerMeasurements(): void {
  known.clear();
}
