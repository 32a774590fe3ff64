/** One session of onnxruntime-web or of a compiled module, in a worker of its own. */
import { answerSessionCalls } from '../src/runtime/session/session-entry';

answerSessionCalls(async (realm) => {
  const { CompiledSession } = await import('../src/runtime/compiled/compiled-session');
  return new CompiledSession(realm);
});
