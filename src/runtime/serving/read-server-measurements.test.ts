import { zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { memoryFile, quietContext } from '../../engine/data/testing/memory-files';
import { exampleServerMeasurement } from '../../engine/serving/testing/example-server-measurement';
import { readServerMeasurements } from './read-server-measurements';

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const read = (path: string, bytes: Uint8Array) => readServerMeasurements([memoryFile(path, bytes)], quietContext);

it('reads a document, and every measurement in a bundle', async () => {
  expect(await read('server.json', bytesOf(exampleServerMeasurement))).toEqual([exampleServerMeasurement]);
  const other = { ...exampleServerMeasurement, model: 'other' };
  const bundle = zipSync({
    'net/models/net/1/model.onnx': new Uint8Array(9),
    'net/evidence/server.json': bytesOf(exampleServerMeasurement),
    'net/evidence/server-2.json': bytesOf(other),
    'net/evidence/report.json': bytesOf({}),
  });
  expect(await read('net.zip', bundle)).toEqual([exampleServerMeasurement, other]);
});

it('names the file that has no measurement, and the place that is damaged', async () => {
  await expect(read('net.zip', zipSync({ 'net/README.md': bytesOf('') }))).rejects.toThrow(
    'net.zip has no measurement of a server. Run measure-server --json',
  );
  await expect(read('a.json', bytesOf({ server: {}, rates: [] }))).rejects.toThrow(/^a\.json is not a document of/);
  const simulation = { model: 'm', servedPerSecond: 1 };
  await expect(read('b.json', bytesOf(simulation))).rejects.toThrow(/^b\.json is not a document of/);
  await expect(read('c.json', new TextEncoder().encode('{'))).rejects.toThrow(/report/);
});
