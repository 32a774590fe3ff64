// The entry of a session's thread: Node 20 reads no TypeScript, so the thread first registers tsx.
import { register } from 'tsx/esm/api';

register();
await import('./session-thread.ts');
