/** Models and data by paths, for the entry for Node. */
import { basename } from 'node:path';
import { hashSource } from '../src/engine/files/hash-source';
import { assertModelFile } from '../src/engine/onnx/codec/recognize';
import { findDataFiles } from '../src/runtime/node/disk/data-files';
import {
  modelOnDisk,
  openFromDisk,
  openSource,
  readModelFiles,
  withName,
} from '../src/runtime/node/disk/model-from-disk';
import type { ModelPlatform } from './host';

export const diskFiles: NonNullable<ModelPlatform['files']> = {
  async openModel(path, host, dimensions) {
    const source = openSource(path);
    withName(path, () => assertModelFile(source, path));
    const file = { source, sha256: await hashSource(source, host), dimensions };
    const { paths, ...opened } = openFromDisk(path, file, { followLinks: false });
    return { name: basename(path), opened, files: () => readModelFiles(modelOnDisk(paths)) };
  },
  openData: (paths, host) => findDataFiles(paths, host),
};
