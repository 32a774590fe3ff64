/** Keeps results of long work as files, so that a stopped bench can continue. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A value that is stored under this name is read instead of computed again. Nothing is stored without a folder. */
export async function kept<Value>(
  folder: string | undefined,
  name: string,
  work: () => Promise<Value>,
): Promise<Value> {
  if (folder === undefined) return work();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name.replaceAll(/[^\w.-]+/g, '-')}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Value;
  const value = await work();
  writeFileSync(file, JSON.stringify(value));
  return value;
}
