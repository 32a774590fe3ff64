/** A thread of the runtime in a session: the runtime's own file, whose messages go to that session. */
import type { ThreadStart } from '../src/runtime/session/session-entry';

self.addEventListener(
  'message',
  ({ data: { url, port } }: MessageEvent<ThreadStart>) => {
    self.postMessage = (message: unknown) => port.postMessage(message);
    // The runtime sets it while its file is still loading, and waits there for a message.
    Object.defineProperty(self, 'onmessage', {
      set(listener: MessagePort['onmessage']) {
        port.onmessage = listener;
      },
    });
    void import(/* @vite-ignore */ /* webpackIgnore: true */ url);
  },
  { once: true },
);
