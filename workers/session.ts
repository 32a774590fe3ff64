/** One session of onnxruntime-web, in a worker of its own. */
import { expose } from 'comlink';
import { browserRealm } from '../src/runtime/session/browser-realm';
import { holdLifeLock } from '../src/runtime/session/life-lock';
import { createSessionWorkerApi } from '../src/runtime/session/session-worker-api';

expose(createSessionWorkerApi(browserRealm));
holdLifeLock();
