/**
 * onnxruntime-web's builds for WebGPU and WebNN make the functions with which C++ calls JavaScript from text, with
 * `new Function`. The page's content security policy forbids that, rightly. All of these texts are of one form (the
 * method callers of Emscripten's embind), so what they say can be done without evaluating text.
 */
type Callable = (...values: unknown[]) => unknown;

/** The functions that the text may call, by the names that it uses. */
interface Captured {
  readonly toValue: (handle: number) => unknown;
  readonly getStringOrSymbol?: (name: number) => PropertyKey;
  readonly toReturnWire?: Callable;
  readonly emval_returnValue?: (toReturnWire: Callable, destructors: number, value: unknown) => unknown;
  readonly argumentReaders: readonly ((pointer: number) => unknown)[];
}

/** Each argument takes this many bytes where C++ lays them down. */
const argumentBytes = 8;
const knownForm = /^return function \(handle, methodName, destructorsRef, args\) \{/;

/** Makes `new Function` do so in this realm, and leaves every other use of it unchanged. */
export function installMethodCallers(): void {
  globalThis.Function = new Proxy(Function, {
    construct(target, parameters, newTarget) {
      const [names, text] = parameters as [unknown, unknown];
      if (Array.isArray(names) && typeof text === 'string' && knownForm.test(text)) {
        return (...values: unknown[]) => createMethodCaller(text, capture(names as string[], values));
      }
      return Reflect.construct(target, parameters, newTarget) as object;
    },
  });
}

function capture(names: readonly string[], values: readonly unknown[]): Captured {
  const named = names.map((name, index) => [name, values[index]] as const);
  const argumentReaders = named.filter(([name]) => name.startsWith('argFromPtr')).map(([, reader]) => reader);
  return { ...Object.fromEntries(named), argumentReaders } as unknown as Captured;
}

/** `text` only tells which of four kinds it is: construct, call a method, call a function, or convert a value. */
function createMethodCaller(text: string, captured: Captured) {
  const invoke = invocationOf(text, captured);
  const { toReturnWire, emval_returnValue: returnValue, argumentReaders } = captured;
  return (handle: number, methodName: number, destructors: number, pointer: number): unknown => {
    const values = argumentReaders.map((read, index) => read(pointer + index * argumentBytes));
    const result = invoke(handle, methodName, values);
    return toReturnWire && returnValue ? returnValue(toReturnWire, destructors, result) : undefined;
  };
}

function invocationOf(
  text: string,
  { toValue, getStringOrSymbol }: Captured,
): (handle: number, methodName: number, values: readonly unknown[]) => unknown {
  if (text.includes('new (toValue(handle))')) {
    return (handle, _, values) => Reflect.construct(toValue(handle) as new () => object, values);
  }
  if (getStringOrSymbol !== undefined) {
    return (handle, methodName, values) => {
      const target = toValue(handle) as Record<PropertyKey, Callable>;
      return target[getStringOrSymbol(methodName)]!(...values);
    };
  }
  if (text.includes('toValue(handle)')) return (handle, _, values) => (toValue(handle) as Callable)(...values);
  return (_handle, _name, values) => values.at(-1);
}
