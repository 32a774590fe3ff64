/** The worker of the npm package's entry for browsers. It ends with its call. */
import type { LibraryCalls } from '../library/calls';
import type { LibraryPlatform } from '../library/host';
import { compareModels, inspectModel } from '../library/look';
import { benchmarkModel, compileModule, evaluateModel, optimizeModel, searchModel } from '../library/run';
import type { Progress } from '../src/engine/progress';
import { createBrowserPictureDecoder } from '../src/runtime/data/browser-picture-decoder';
import type { JobContext } from '../src/runtime/jobs/call';
import { detectBrowserDevice, detectTimedDevice } from '../src/runtime/session/browser-device';
import { createBrowserHost } from '../src/runtime/session/browser-host';
import { withMeasurementLock } from '../src/runtime/session/page-link';
import { browserThreads } from '../src/runtime/session/providers';
import { answerCalls } from './answer-calls';

answerCalls<LibraryCalls>({
  inspect: (context, model, options) => inspectModel(model, options, platformOf(context)),
  optimize: (context, model, options) => optimizeModel(model, options, platformOf(context)),
  search: (context, model, options) => searchModel(model, options, platformOf(context)),
  evaluate: (context, model, options) => evaluateModel(model, options, platformOf(context)),
  benchmark: (context, model, options) => benchmarkModel(model, options, platformOf(context)),
  compile: (context, model, options) => compileModule(model, options, platformOf(context)),
  diff: (context, a, b, options) => compareModels(a, b, options, platformOf(context)),
});

function platformOf({ signal, checkpoint, progress }: JobContext<Progress>): LibraryPlatform {
  return {
    signal,
    checkpoint,
    progress,
    decoder: createBrowserPictureDecoder(),
    openSessions: createBrowserHost,
    threads: browserThreads(),
    detectDevice: detectBrowserDevice,
    detectTimedDevice,
    exclusively: withMeasurementLock,
  };
}
