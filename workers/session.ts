/** One session of onnxruntime-web, in a worker of its own. */
import { answerSessionCalls } from '../src/runtime/session/session-entry';

answerSessionCalls();
