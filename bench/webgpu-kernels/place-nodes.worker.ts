/** Opens a model on WebGPU and answers with the lines of the runtime's log, and with its error if it fails. */
import { browserRealm } from '../../src/runtime/session/browser-realm';

const lines = browserRealm.recordOutput() as string[];

self.onmessage = async ({ data }: MessageEvent<Uint8Array>) => {
  lines.length = 0;
  try {
    const ort = await browserRealm.loadOrt({ ep: 'webgpu', threads: 1 });
    const session = await ort.InferenceSession.create(data, {
      executionProviders: ['webgpu'],
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 0,
    });
    await session.release();
    self.postMessage({ lines: [...lines] });
  } catch (error) {
    self.postMessage({ lines: [...lines], failure: String(error) });
  }
};
