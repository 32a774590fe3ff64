/** One session of onnxruntime-web, in a thread of Node. */
import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { createSessionWorkerApi } from '../session/session-worker-api';
import { nodeRealm } from './node-realm';

if (parentPort === null) throw new Error('This file is the entry of a worker thread.');
expose(createSessionWorkerApi(nodeRealm), nodeEndpoint(parentPort));
