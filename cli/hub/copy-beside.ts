/** Files that a model is published with, such as those of its tokenizer. */
import { copyFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Shell, ModelFolder } from '../command';
import { cannotWrite, refuseOutput } from '../files/output-file';

/**
 * The folder without links that lead out of it, unless `--follow-links` is given: a stranger's repository may link to any file of this
 * device. Links of a cache lead to the folder of the model's bytes, and stay.
 */
export function withoutLinksOut(
  { followLinks, terminal }: Pick<Shell, 'followLinks' | 'terminal'>,
  folder: ModelFolder | undefined,
): ModelFolder | undefined {
  if (folder === undefined || followLinks) return folder;
  const roots = [realpathSync(folder.path), dirname(realpathSync(join(folder.path, folder.model.path)))];
  const stays = (path: string): boolean => {
    const from = join(folder.path, path);
    const real = realpathSync(from);
    const isInside = roots.some((root) => real.startsWith(root.endsWith(sep) ? root : root + sep));
    if (!isInside) {
      terminal.warn(`${from} is a link to ${real}, outside the folder, and is left out. --follow-links allows it.`);
    }
    return isInside;
  };
  const beside = folder.beside.filter(({ path }) => stays(path));
  const config = beside.some(({ path }) => path === folder.config) ? folder.config : null;
  return { ...folder, beside, config };
}

/** Copies the files beside the model. @returns the names of the copies, without those that are `written` */
export function copyBeside(
  { inputs, signal }: Pick<Shell, 'inputs' | 'signal'>,
  to: string,
  folder: ModelFolder | undefined,
  written: readonly string[],
): readonly string[] {
  const copies = (folder?.beside ?? []).filter(({ path }) => !written.includes(basename(path)));
  return copies.map(({ path }) => {
    signal.throwIfAborted();
    const [from, target] = [join(folder!.path, path), join(to, basename(path))];
    inputs.add([from]);
    refuseOutput(target, inputs);
    try {
      copyFileSync(realpathSync(from), target);
    } catch (error) {
      throw cannotWrite(target, error);
    }
    return basename(path);
  });
}
