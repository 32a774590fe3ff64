import { defineConfig } from 'vite';

// Threads of WASM and a fine clock need these. Without them everything runs in one thread.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  server: { headers },
  preview: { headers },
  // The package starts workers by their place. Vite must not move its files when it serves.
  optimizeDeps: { exclude: ['pareto-onnx'] },
});
