import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { locateTestBrowser } from './scripts/test-browser.mjs';
import { isolationHeaders, sharedConfig } from './vite.config.ts';

const { executablePath, args, env } = await locateTestBrowser();

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          // A hang ends here. Many tests start the runtime or a process, which takes seconds on a busy machine.
          testTimeout: 60_000,
          include: ['{src,workers,cli,scripts}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.browser.test.{ts,tsx}'],
        },
      },
      {
        ...sharedConfig,
        plugins: [react()],
        server: { headers: isolationHeaders },
        test: {
          name: 'browser',
          include: ['{src,workers}/**/*.browser.test.{ts,tsx}'],
          testTimeout: 60_000,
          browser: {
            enabled: true,
            // A minimal machine may have no /etc/hosts to say what localhost is.
            api: { host: '127.0.0.1' },
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath, args, env } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
