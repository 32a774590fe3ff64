import { samples } from './support/samples.ts';
import { expect, test } from './support/test.ts';

test.use({ serviceWorkers: 'allow' });

test('the start screen is isolated, offers samples and names the abilities of the device', async ({ page }) => {
  const response = await page.goto('./');
  expect(response?.headers()['content-security-policy']).toContain("default-src 'none'");
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(page.locator('meta[http-equiv="Content-Security-Policy"]')).toHaveCount(1);

  const offered = page.getByRole('region', { name: 'Or start with a sample' }).getByRole('button');
  await expect(offered).toHaveCount(samples.length);
  // A result of a real run: size, time and accuracy of the original and of a variant.
  const found = page.getByRole('figure', { name: /^Small CNN: original and / });
  await expect(found).toContainText(/Size454\skB.*kB.*Time on WASM.*s.*Accuracy9\d\.\d\s%9\d\.\d\s%/);
  const device = page.getByRole('region', { name: 'This device' }).getByRole('listitem');
  await expect(device).toHaveCount(3);
  for (const name of ['WASM', 'WebGPU', 'WebNN']) {
    await expect(device.filter({ hasText: name })).toHaveAttribute('data-available', 'true');
  }
  // The browser of the tests plays the graphics card with the processor.
  await expect(device.filter({ hasText: 'WebGPU' })).toHaveAttribute('data-software', 'true');
});

test.describe('without the service worker, which stores the runtime for later', () => {
  test.use({ serviceWorkers: 'block' });

  test('the abilities of the device are found without loading the runtime', async ({ page }) => {
    const requested: string[] = [];
    page.context().on('request', (request) => requested.push(new URL(request.url()).pathname));
    await page.goto('./');
    const device = page.getByRole('region', { name: 'This device' }).getByRole('listitem');
    await expect(device).toHaveCount(3);
    await expect(device.filter({ hasText: 'WASM' })).toHaveAttribute('data-available', 'true');
    await page.waitForLoadState('networkidle');
    // The worker that asks is there; the runtime is not.
    expect(page.workers().map((worker) => worker.url())).toContainEqual(expect.stringMatching(/\/benchmark-/));
    expect(requested.filter((path) => /\bort[.-]|\.wasm$/.test(path))).toEqual([]);
  });
});

test('a script from elsewhere, an inline script and a request to elsewhere are all refused', async ({
  page,
  watched,
}) => {
  // The error that this test causes. Every test asserts that nothing was sent.
  watched.expected.push(/Content Security Policy/);
  await page.goto('./');
  const refused = await page.evaluate(async () => {
    const violations = new Set<string>();
    const allRefused = new Promise<void>((resolve) =>
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
        // Twice each: the header and the page have the same policy.
        if (violations.add(`${effectiveDirective} ${blockedURI}`).size === 4) resolve();
      }),
    );
    const inline = document.createElement('script');
    inline.textContent = 'document.title = "changed"';
    document.body.append(inline);
    const foreign = document.createElement('script');
    foreign.src = 'https://example.org/script.js';
    document.body.append(foreign);
    const image = new Image();
    image.src = 'https://example.org/image.png';
    await fetch('https://example.org/').catch(() => {});
    await allRefused;
    return [...violations].toSorted();
  });
  expect(refused).toEqual([
    'connect-src https://example.org/',
    'img-src https://example.org/image.png',
    'script-src-elem https://example.org/script.js',
    'script-src-elem inline',
  ]);
  await expect(page).toHaveTitle('Pareto');
});
