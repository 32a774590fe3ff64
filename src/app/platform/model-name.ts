const ending = /\.(onnx|gguf)$/i;

export function isModelName(name: string): boolean {
  return ending.test(name);
}

/** `net.onnx` becomes `net`, the name of other files of the model. */
export function withoutModelEnding(name: string): string {
  return name.replace(ending, '');
}
