/** Tests in a browser open sessions as a worker does. Their page serves itself. */
import { linkThrough } from '../../runtime/session/page-link';
import { serveWorker } from '../../runtime/jobs/serve-worker';

const { port1, port2 } = new MessageChannel();
serveWorker(
  port1,
  () => false,
  () => undefined,
);
linkThrough(port2);
