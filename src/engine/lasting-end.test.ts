import { expect, it } from 'vitest';
import { LastingEnd } from './lasting-end';
import { collectGarbage } from './testing/collect-garbage';

it('lets running work finish, and rejects waiting and later work at the end', async () => {
  const end = new LastingEnd();
  expect(await end.before(Promise.resolve(1))).toBe(1);
  await expect(end.before(Promise.reject(new Error('own')))).rejects.toThrow('own');
  const waiting = end.before(new Promise(() => undefined));
  end.end(new Error('first'));
  end.end(new Error('second'));
  await expect(waiting).rejects.toThrow('first');
  await expect(end.before(new Promise(() => undefined))).rejects.toThrow('first');
});

it('keeps no reference to raced promises', async () => {
  const end = new LastingEnd();
  const values: WeakRef<object>[] = [];
  for (let call = 0; call < 20; call++) {
    values.push(new WeakRef(await end.before(Promise.resolve(new ArrayBuffer(1000)))));
  }
  await new Promise((resolve) => setTimeout(resolve));
  collectGarbage();
  // The last may still stand in a register.
  expect(values.filter((value) => value.deref() !== undefined).length).toBeLessThan(2);
  end.end(new Error('over'));
});
