/** Every error that a person can meet: it names the thing (file, node, tensor) and says what to do. */
export class ParetoError extends Error {
  /** Stable and machine-readable: `format/truncated`, `external-data/missing`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ParetoError';
    this.code = code;
  }
}

/** True for an error that carries a sentence meant for people, also after it crossed a worker boundary. */
export function isParetoError(error: unknown): error is ParetoError {
  return error instanceof Error && error.name === 'ParetoError' && typeof (error as ParetoError).code === 'string';
}
