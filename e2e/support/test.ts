/** The test of every spec: it fails when the page asks another origin for something, or complains in the console. */
import { expect, test as base, type BrowserContext } from '@playwright/test';

interface Watched {
  /** Requests that left the origin. */
  readonly foreignRequests: string[];
  /** Errors in the console of the page and of its workers, uncaught ones and violated policies among them. */
  readonly complaints: string[];
  /** Complaints that a test provokes, whenever they come. */
  readonly expected: RegExp[];
}

interface Fixtures {
  readonly watched: Watched;
  /** Watches another context as the first one is watched. */
  readonly watch: (context: BrowserContext) => void;
}

function isForeign(url: string, origin: string): boolean {
  return ![origin, 'blob:', 'data:'].some((start) => url.startsWith(start));
}

export const test = base.extend<Fixtures>({
  watched: async ({ baseURL }, use) => {
    const watched: Watched = { foreignRequests: [], complaints: [], expected: [] };
    await use(watched);
    expect(watched.foreignRequests, `requests outside ${baseURL}`).toEqual([]);
    const unexpected = watched.complaints.filter((text) => !watched.expected.some((pattern) => pattern.test(text)));
    expect(unexpected, 'errors in the console').toEqual([]);
  },
  watch: async ({ watched, baseURL }, use) => {
    await use((context) => {
      context.on('request', (request) => {
        if (isForeign(request.url(), baseURL ?? '')) watched.foreignRequests.push(request.url());
      });
      // Requests that the policy of the page stops are reported, but never sent.
      context.on('requestfailed', (request) => {
        const index = watched.foreignRequests.indexOf(request.url());
        if (index >= 0 && request.failure()?.errorText === 'csp') watched.foreignRequests.splice(index, 1);
      });
      context.on('console', (message) => {
        if (message.type() === 'error') watched.complaints.push(`${message.text()} (${message.location().url})`);
      });
      context.on('weberror', (error) => watched.complaints.push(error.error().message));
    });
  },
  context: async ({ context, watch }, use) => {
    watch(context);
    await use(context);
  },
});

export { expect };
