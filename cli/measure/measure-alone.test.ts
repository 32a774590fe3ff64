import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { measureAlone } from './measure-alone';
import { findModel } from '../files/model-on-disk';
import { readBenchmarkOptions } from '../options/benchmark-options';
import { silentInvocation } from '../testing/silent-invocation';

const sample = fileURLToPath(new URL('../../public/samples/digits-mlp.onnx', import.meta.url));

it('keeps the memory of a model whose compression exceeds the budget', async () => {
  const budget = new AbortController();
  const limit = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(budget.signal);
  const warnings: string[] = [];
  const invocation = {
    ...silentInvocation({ memory: true, threads: '1' }),
    terminal: {
      print: () => undefined,
      warn: (text: string) => void warnings.push(text),
      progress: (stage: string) => stage === 'Compressing the model' && budget.abort(),
    },
  };
  const options = { ...(await readBenchmarkOptions(invocation)), trace: undefined };
  const measured = await measureAlone(invocation, options, findModel(sample, invocation));
  limit.mockRestore();
  expect(measured.memory!.heapBytes).toBeGreaterThan(0);
  expect(measured.coldStart).toBeUndefined();
  expect(measured.notMeasured).toEqual(['the cold start of --memory']);
  expect(warnings).toHaveLength(1);
});
