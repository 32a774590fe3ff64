/** The same in the test browser, from files of the disk: nothing is loaded from a network. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright';
import { locateTestBrowser } from '../../src/runtime/node/test-browser.mjs';
import { serveFolders } from '../support/serve-folders';
import { runLibrary, type LibraryRequest, type LibraryRun } from './library';

/** The addresses of the packages that the modules of the library import by name. */
function importMap(library: string): object {
  const web = '/library/node_modules/onnxruntime-web/dist';
  const dist = join(library, 'node_modules/onnxruntime-web/dist');
  const bundled = 'ort.webgpu.bundle.min.mjs';
  const bundle = existsSync(join(dist, bundled)) ? bundled : 'ort.webgpu.min.mjs';
  return {
    imports: {
      'onnxruntime-web': `${web}/${bundle}`,
      'onnxruntime-web/webgpu': `${web}/${bundle}`,
      'onnxruntime-common': '/library/node_modules/onnxruntime-common/dist/esm/index.js',
    },
  };
}

/** @param library the folder with the `node_modules` of the library; `repository`: that of the model */
export async function runInBrowser(
  library: string,
  repository: string,
  request: LibraryRequest,
): Promise<readonly LibraryRun[]> {
  const page = `<!doctype html><script type="importmap">${JSON.stringify(importMap(library))}</script>`;
  const server = serveFolders(page, { '/library/': library, '/models/': dirname(repository) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch(await locateTestBrowser());
  try {
    const opened = await browser.newPage();
    await opened.goto(`http://127.0.0.1:${port}/`);
    // Loaders of TypeScript give functions their names by a helper.
    await opened.addScriptTag({
      content: `globalThis.__name = (value) => value; globalThis.runLibrary = ${runLibrary.toString()}`,
    });
    return await opened.evaluate(
      async ({ name, asked }) => {
        const loaded = await import(
          '/library/node_modules/@huggingface/transformers/dist/transformers.web.js' as never
        );
        const { env } = loaded as { env: { backends: { onnx: { wasm: { wasmPaths: string } } } } };
        env.backends.onnx.wasm.wasmPaths = '/library/node_modules/onnxruntime-web/dist/';
        return (globalThis as unknown as { runLibrary: (...given: unknown[]) => Promise<LibraryRun[]> }).runLibrary(
          loaded,
          { folder: '/models/', name },
          asked,
        );
      },
      { name: basename(repository), asked: request },
    );
  } finally {
    await browser.close();
    server.close();
  }
}
