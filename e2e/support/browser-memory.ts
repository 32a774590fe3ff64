/** Memory of the test browser. The browser of the tests cannot measure it itself, so Linux is asked. */
import { readdirSync, readFileSync } from 'node:fs';

/** Anonymous memory of the renderers that this process started, in bytes; `null` if the system tells of none. */
export function rendererBytes(): number | null {
  const renderers = processIds().filter((id) => readProc(id, 'cmdline').includes('--type=renderer') && descends(id));
  if (renderers.length === 0) return null;
  return sumOf(renderers, (id) => kilobytesOf(readProc(id, 'status'), 'RssAnon'));
}

function processIds(): readonly string[] {
  return process.platform === 'linux' ? readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)) : [];
}

function sumOf(ids: readonly string[], kilobytes: (id: string) => number): number {
  return ids.reduce((sum, id) => sum + kilobytes(id) * 1024, 0);
}

/** Other browsers may run on the machine. */
function descends(id: string): boolean {
  const parent = /^PPid:\s+(\d+)/m.exec(readProc(id, 'status'))?.[1];
  if (parent === undefined || parent === '0') return false;
  return Number(parent) === process.pid || descends(parent);
}

function kilobytesOf(table: string, key: string): number {
  return Number(new RegExp(String.raw`^${key}:\s+(\d+) kB`, 'm').exec(table)?.[1] ?? 0);
}

/** A process may end while it is looked at. */
function readProc(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
