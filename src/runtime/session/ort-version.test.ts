import { env } from 'onnxruntime-web';
import { expect, it } from 'vitest';
import { ortVersion } from './ort-version';

it('is the version that the package says it has', () => {
  expect(ortVersion).toBe(env.versions.web);
});
