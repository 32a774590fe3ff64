/** Memory of the test browser's pages. The browser of the tests cannot measure it itself, so Linux is asked. */
import { readdirSync, readFileSync } from 'node:fs';

/** Anonymous memory of the renderers that this process started, in bytes; `null` where the system tells of none. */
export function rendererBytes(): number | null {
  if (process.platform !== 'linux') return null;
  const renderers = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && isRenderer(entry));
  if (renderers.length === 0) return null;
  return renderers.reduce((sum, id) => sum + anonymousBytes(id), 0);
}

function isRenderer(id: string): boolean {
  return readProc(id, 'cmdline').includes('--type=renderer') && descends(id);
}

/** Other browsers may run on the machine. */
function descends(id: string): boolean {
  const parent = /^PPid:\s+(\d+)/m.exec(readProc(id, 'status'))?.[1];
  if (parent === undefined || parent === '0') return false;
  return Number(parent) === process.pid || descends(parent);
}

function anonymousBytes(id: string): number {
  const [, kilobytes = '0'] = /^RssAnon:\s+(\d+) kB/m.exec(readProc(id, 'status')) ?? [];
  return Number(kilobytes) * 1024;
}

/** A process may end while it is looked at. */
function readProc(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
