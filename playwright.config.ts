import { defineConfig } from '@playwright/test';
import { locateTestBrowser } from './scripts/test-browser.mjs';

const port = Number(process.env.PARETO_E2E_PORT ?? 4340);
const origin = `http://127.0.0.1:${port}`;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One at a time: the tests measure, and two of them would measure each other.
  workers: 1,
  forbidOnly: true,
  retries: 0,
  timeout: 240_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    baseURL: `${origin}/`,
    browserName: 'chromium',
    viewport: { width: 1280, height: 860 },
    locale: 'en-GB',
    launchOptions: await locateTestBrowser(),
    screenshot: 'only-on-failure',
    trace: 'off',
  },
  projects: [{ name: 'end-to-end' }, { name: 'screenshots', testMatch: 'screenshots.ts' }],
  webServer: {
    command: 'node scripts/serve.mjs --strict-port',
    env: { PORT: String(port) },
    url: `${origin}/`,
    reuseExistingServer: false,
  },
});
