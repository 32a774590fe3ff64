/** `bundle --targets transformersjs`: a repository alone, or in a folder beside the files of other targets. */
import { openAsBlob, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { deploymentName } from '../../src/engine/deploy/deploy-facts';
import { madeDtypes, readDtypes, type MadeDtype } from '../../src/engine/deploy/transformersjs/dtype-recipes';
import { lossOf, transformersJs, type HubFile } from '../../src/engine/deploy/transformersjs/hub-repository';
import { matchWords } from '../../src/engine/report/describe-match';
import { describeVerdict } from '../../src/engine/verdict/speed-verdict';
import { formatBytes, formatDuration } from '../../src/engine/format';
import { packFiles } from '../../src/runtime/deploy/pack-bundle';
import { textOption, UsageError, type Arguments, type Shell, type ModelFolder } from '../command';
import type { OptimizeRequest } from '../../src/work/optimize';
import type { OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import type { ShellHost } from '../shell-host';
import { makeFolder, OutputFile } from '../files/output-file';
import { fillNewFolder, writeContents } from '../files/output-folder';
import { partPath } from '../files/part-files';
import { formatTable } from '../words/table';
import { openHubData } from './hub-data';
import { makeRepository, type MadeRepository, type RepositoryPart } from './make-repository';

export const dtypesHelp = madeDtypes.join(',');

export interface RepositoryBundle extends Pick<OptimizeRequest, 'data' | 'samples'> {
  readonly output: string;
  /** The path of the original model, as it was given. */
  readonly path: string;
  readonly original: OpenedFile;
  readonly deployed: OpenedFile;
  readonly dtypes: readonly MadeDtype[];
  /** Files of other targets. Empty: the repository is the bundle. */
  readonly others: readonly (readonly [path: string, content: Blob])[];
}

export interface WrittenRepository extends MadeRepository {
  readonly name: string;
  /** All files of the bundle. */
  readonly paths: readonly { readonly path: string; readonly sizeBytes: number }[];
}

/** Throws UsageError for `--dtypes` without the target, and `bundle/dtype` for one that is not made. */
export function dtypesOption(given: Arguments, isWanted: boolean): readonly MadeDtype[] {
  const text = textOption(given, 'dtypes');
  if (text !== undefined && !isWanted) throw new UsageError(`--dtypes needs --targets ${transformersJs.id}.`);
  return text === undefined ? madeDtypes : readDtypes(text.split(',').map((name) => name.trim()));
}

/** Writes everything into a new folder or a zip. Throws as `makeRepository` and `fillNewFolder` do. */
export async function bundleRepository(
  shell: Shell,
  { output, path, original, deployed, dtypes, others, ...calibrating }: RepositoryBundle,
  host: ShellHost,
): Promise<WrittenRepository> {
  const folder = shell.folders.get(path);
  const data = await openHubData(calibrating, original, host);
  const { name: fileName } = deployed.inspection.file;
  const parts = [
    { name: folder?.model.part ?? 'model', opened: deployed, original, data },
    ...(await openOtherParts(folder, host)),
  ];
  const name = deploymentName(folder === undefined ? fileName : basename(resolve(folder.path)));
  const fill = async (into: string): Promise<WrittenRepository> => {
    await writeContents(into, others, shell.inputs, () => host.checkpoint());
    const repository = others.length === 0 ? into : join(into, transformersJs.id);
    makeFolder(repository);
    const made = await makeRepository(shell, repository, { parts, dtypes, folder }, host);
    return { ...made, name, paths: pathsIn(into) };
  };
  return /\.zip$/i.test(output) ? fillZip(shell, output, fill, host) : fillNewFolder(output, fill);
}

/** Opens the other parts of the folder, each in its best precision. Data is fed to the main part alone. */
async function openOtherParts(folder: ModelFolder | undefined, host: ShellHost): Promise<readonly RepositoryPart[]> {
  if (folder === undefined) return [];
  const parts: RepositoryPart[] = [];
  for (const { part: name, path } of folder.models) {
    if (name === folder.model.part || parts.some((part) => part.name === name)) continue;
    const { opened } = await host.openModel(join(folder.path, path));
    parts.push({ name, opened, original: opened, data: undefined });
  }
  return parts;
}

type Fill = (folder: string) => Promise<WrittenRepository>;

/** Fills a hidden folder beside the zip, packs its files, and removes it. */
async function fillZip(
  { inputs }: Shell,
  output: string,
  fill: Fill,
  { checkpoint }: ShellHost,
): Promise<WrittenRepository> {
  const hidden = partPath(output);
  const file = new OutputFile(output, inputs);
  try {
    makeFolder(hidden);
    const written = await fill(hidden);
    const contents = await Promise.all(
      written.paths.map(async ({ path }) => [path, await openAsBlob(join(hidden, path))] as const),
    );
    const zip = await packFiles(written.name, contents, { progress: () => undefined, checkpoint });
    for await (const piece of zip.stream()) file.write(piece as Uint8Array);
    file.commit();
    return written;
  } finally {
    file.discard();
    rmSync(hidden, { recursive: true, force: true });
  }
}

function pathsIn(folder: string): WrittenRepository['paths'] {
  const names = readdirSync(folder, { recursive: true }).map((name) => String(name).replaceAll('\\', '/'));
  return names
    .toSorted()
    .map((path) => ({ path, stats: statSync(join(folder, path)) }))
    .flatMap(({ path, stats }) => (stats.isFile() ? [{ path, sizeBytes: stats.size }] : []));
}

/** A table of the files, and the notes. */
export function describeRepository({ files, notes }: MadeRepository): string {
  const rows = files.map((file) => [file.dtype, file.path, formatBytes(file.sizeBytes), ...figuresOf(file)]);
  const head = ['dtype', 'file', 'size', 'time on WASM', 'outputs'];
  const table = formatTable([head, ...rows], ['left', 'left', 'right', 'right', 'right']);
  const failures = files.flatMap(({ measured: { failure } }) => failure ?? []);
  return [table, ...[...notes, ...failures].map((note) => `Note: ${note}`)].join('\n');
}

function figuresOf({ measured }: HubFile): readonly string[] {
  const { cell, comparison } = measured;
  const time = cell === null ? 'not measured' : formatDuration(cell.steady.medianMs, cell.steady.intervalMs);
  const loss = lossOf(measured);
  return [
    comparison === null ? time : `${time}, ${describeVerdict(comparison)}`,
    loss === null ? 'not measured' : `${matchWords(loss)}${loss.inputs === 'data' ? '' : ' (random inputs)'}`,
  ];
}
