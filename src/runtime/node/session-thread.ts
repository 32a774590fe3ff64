/** One session of onnxruntime-web or of a compiled module, in a thread of Node. */
import fs from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { MemorySource } from '../../engine/onnx/byte-source';
import type { SessionRealm } from '../session/session';
import { createSessionWorkerApi } from '../session/session-worker-api';
import { FileSource } from './file-source';
import { loadOrtInNode } from './ort';

/** A thread of Node: the plain provider only. */
const nodeRealm: SessionRealm = {
  loadOrt({ ep, threads }) {
    if (ep !== 'wasm') throw new Error(`Node does not support ${ep}.`);
    return loadOrtInNode(threads);
  },

  async openFiles({ files, onDisk }) {
    if (onDisk === undefined) return undefined;
    const onDisks: FileSource[] = [];
    const blobs = [files.model, ...files.externalData.map(({ data }) => data)].map(async (blob, index) => {
      const path = onDisk[index];
      if (path === undefined) return new MemorySource(new Uint8Array(await blob.arrayBuffer()));
      onDisks.push(FileSource.open(path));
      return onDisks.at(-1)!;
    });
    const [model, ...data] = await Promise.all(blobs);
    return {
      model: model!,
      externalData: new Map(files.externalData.map(({ path }, index) => [path, data[index]!])),
      close: () => onDisks.forEach((source) => source.close()),
    };
  },

  /** The runtime in Node does not print through the console but writes to the descriptors 1 and 2 itself. */
  recordOutput() {
    const lines: string[] = [];
    const write = fs.writeSync;
    fs.writeSync = ((descriptor: number, data: unknown, ...rest: never[]) => {
      if ((descriptor !== 1 && descriptor !== 2) || typeof data !== 'string') {
        return (write as (...all: unknown[]) => number)(descriptor, data, ...rest);
      }
      lines.push(...data.split('\n'));
      return data.length;
    }) as typeof fs.writeSync;
    return lines;
  },
};

if (parentPort === null) throw new Error('This file is the entry of a worker thread.');
const api = createSessionWorkerApi(nodeRealm, async (realm) => {
  const { CompiledSession } = await import('../compiled/compiled-session');
  return new CompiledSession(realm);
});
expose(api, nodeEndpoint(parentPort));
