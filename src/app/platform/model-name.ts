const ending = /\.(onnx|gguf)$/i;

export function isModelName(name: string): boolean {
  return ending.test(name);
}

/** `net.onnx` becomes `net`: what other files of the model are named after. */
export function withoutModelEnding(name: string): string {
  return name.replace(ending, '');
}
