/** Characters. Nobody reads more than that. A message may contain pasted text, or names from a file. */
const longestMessage = 2000;
/** Names of a damaged or hostile file. Paths of files are shorter. */
const longWords = /\S{500,}/gu;
const keptOfWord = 120;
const keptEnd = 500;

/** A message of any length without its middle: its beginning names the thing, and its end says what to do. */
export function shortenMessage(given: string): string {
  const message = given.replace(longWords, (word) => `${word.slice(0, keptOfWord)}…${word.slice(-keptOfWord / 4)}`);
  if (message.length <= longestMessage) return message;
  return `${message.slice(0, longestMessage - keptEnd - 3)} … ${message.slice(-keptEnd)}`;
}

/** Every error that a person can meet: it names the thing (file, node, tensor) and says what to do. */
export class ParetoError extends Error {
  /** Stable and machine-readable: `format/truncated`, `external-data/missing`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(shortenMessage(message), options);
    this.name = 'ParetoError';
    this.code = code;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for an error that carries a sentence meant for people, also after it crossed a worker boundary. */
export function isParetoError(error: unknown): error is ParetoError {
  return error instanceof Error && error.name === 'ParetoError' && typeof (error as ParetoError).code === 'string';
}

/** An error as plain data, which survives a message between threads. */
export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

/** The result of a job that ran on another thread. */
export type Outcome<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ErrorDescription };

/** Waits for a job and gives its outcome as data; never rejects. */
export async function outcomeOf<Value>(job: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { ok: true, value: await job() };
  } catch (error) {
    return { ok: false, error: describeError(error) };
  }
}

/** The value of an outcome; throws the error that the other thread met, a ParetoError with its code. */
export function valueOf<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw errorOf(outcome.error);
}

function errorOf({ name, message, code, stack, cause }: ErrorDescription): Error {
  const options = cause && { cause: errorOf(cause) };
  const error = code === undefined ? new Error(message, options) : new ParetoError(code, message, options);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack, cause } = error;
  const description = { name, message, stack, ...(cause !== undefined && { cause: describeError(cause) }) };
  return isParetoError(error) ? { ...description, code: error.code } : description;
}
