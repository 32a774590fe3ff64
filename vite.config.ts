import react from '@vitejs/plugin-react';
import postcssPresetMantine from 'postcss-preset-mantine';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { codeSplittingOfPage, codeSplittingOfWorkers } from './scripts/code-splitting.mjs';
import { packedRuntime } from './scripts/packed-runtime-plugin.mjs';
import { serviceWorkerFiles } from './scripts/service-worker-plugin.mjs';
import { headersFor, metaContentSecurityPolicy, readHeaderRules } from './src/runtime/node/response-headers.mjs';

const headerRules = readHeaderRules(new URL('public/_headers', import.meta.url));

/** Without these two the page is not cross-origin isolated: no WASM threads, and a timer of 100 µs instead of 5 µs. */
export const isolationHeaders = Object.fromEntries(
  Object.entries(headersFor(headerRules, '/')).filter(([name]) => name.startsWith('Cross-Origin-')),
);

/** What the application, the unit tests and the tests in the browser must agree on to load onnxruntime-web. */
export const sharedConfig: UserConfig = {
  resolve: {
    // Without the first condition the glue of onnxruntime-web is inlined, and its threads then run our worker again.
    conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'],
  },
  worker: { format: 'es' },
  optimizeDeps: {
    exclude: ['onnxruntime-web'],
    // Found only when a worker or a test asks for them; the server would then reload everything in the middle of it.
    include: [
      '@jsquash/jpeg/codec/dec/mozjpeg_dec.js',
      '@jsquash/webp/codec/dec/webp_dec.js',
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      '@tanstack/react-virtual',
      'comlink',
      'fflate',
      'fzstd',
      'hyparquet',
      '@huggingface/tokenizers',
      'long',
      'onnx-proto',
      'protobufjs/minimal.js',
      'valibot',
    ],
  },
  css: { postcss: { plugins: [postcssPresetMantine()] } },
};

/** For hosts that cannot send headers. The development server injects scripts and styles, so it goes without. */
function contentSecurityPolicyInPage(): Plugin {
  return {
    name: 'content-security-policy-in-page',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: metaContentSecurityPolicy(headerRules) },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** On a busy machine every build would warn of slow plugins, which is no news for a person who starts the page. */
const checks = { pluginTimings: false } as const;

export default defineConfig({
  ...sharedConfig,
  // Relative, so that the built files work from any folder of any static host.
  base: './',
  plugins: [react(), contentSecurityPolicyInPage(), serviceWorkerFiles()],
  worker: {
    ...sharedConfig.worker,
    plugins: () => [packedRuntime()],
    rolldownOptions: { checks, output: { codeSplitting: codeSplittingOfWorkers() } },
  },
  build: {
    target: 'esnext',
    manifest: 'manifest-of-chunks.json',
    assetsInlineLimit: 0,
    // Every browser that runs the page preloads modules by itself.
    modulePreload: { polyfill: false },
    // The glue of onnxruntime-web is large by nature; what the start screen loads has its own budget, see check-bundle.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      checks,
      // The bench page is for the command line's `--browser`.
      input: { index: 'index.html', bench: 'bench.html', 'service-worker': 'src/service-worker.ts' },
      output: {
        codeSplitting: codeSplittingOfPage(),
        // A service worker reigns over the folder it lies in, and is found again by its name.
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: { headers: isolationHeaders },
  preview: { headers: headersFor(headerRules, '/') },
});
