/** Runs the measurement as the tests in the browser run: `npx vitest run --config bench/webgpu-kernels/vitest.config.ts`. */
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { locateTestBrowser } from '../../src/runtime/node/test-browser.mjs';
import { isolationHeaders, sharedConfig } from '../../vite.config.ts';

const { executablePath, args, env } = await locateTestBrowser();

export default defineConfig({
  ...sharedConfig,
  root: new URL('../..', import.meta.url).pathname,
  server: { headers: isolationHeaders },
  test: {
    include: ['bench/webgpu-kernels/*.browser.ts'],
    browser: {
      enabled: true,
      api: { host: '127.0.0.1' },
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args, env } }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
